import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useLogout } from "../../session/session";
import { IconLogout } from "../../ui/icons";

/** Ends the session. */
export function SignOutButton() {
  const { t } = useTranslation("admin");
  const logout = useLogout();
  return (
    <Button
      leftSection={<IconLogout size={18} className="flip" />}
      loading={logout.isPending}
      onClick={() => logout.mutate()}
    >
      {t("account.signOut")}
    </Button>
  );
}
