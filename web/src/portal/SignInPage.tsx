import { Box, Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";

import { SignInForm } from "../session/SignInForm";
import { SignInLinkForm } from "../session/SignInLinkForm";
import { PageTitle } from "../ui/PageTitle";
import { localPath } from "../ui/localPath";

/** Signing in, and back to where people came from; or by a link that comes by mail. */
export default function SignInPage() {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const [isByLink, setByLink] = useState(false);

  return (
    <Box maw={480} mx="auto">
      <PageTitle lead={t("signIn.lead")}>{t("signIn.title")}</PageTitle>
      <Box className="surface" p="lg">
        {isByLink ? (
          <SignInLinkForm />
        ) : (
          <SignInForm
            onDone={() => void navigate(localPath(search.get("next"), "/portal/bookings"))}
          />
        )}
      </Box>
      <Button variant="subtle" mt="sm" fullWidth onClick={() => setByLink(!isByLink)}>
        {isByLink ? t("signIn.byPassword") : t("signIn.byLink")}
      </Button>
    </Box>
  );
}
