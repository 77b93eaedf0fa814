import { useTranslation } from "react-i18next";

import { OnceDialog } from "../shell/OnceDialog";

/** The secret that signs what goes to an endpoint. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation("office");
  return (
    <OnceDialog
      title={t("hooks.secret")}
      text={t("hooks.secretText")}
      value={secret}
      onClose={onClose}
    />
  );
}
