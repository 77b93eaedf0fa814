import { Box } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";

import { SignInForm } from "../session/SignInForm";
import { PageTitle } from "../ui/PageTitle";
import { localPath } from "../ui/localPath";

/** Signing in, and back to where people came from. */
export default function SignInPage() {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  const [search] = useSearchParams();

  return (
    <Box maw={480} mx="auto">
      <PageTitle lead={t("signIn.lead")}>{t("signIn.title")}</PageTitle>
      <Box className="surface" p="lg">
        <SignInForm
          onDone={() => void navigate(localPath(search.get("next"), "/portal/bookings"))}
        />
      </Box>
    </Box>
  );
}
