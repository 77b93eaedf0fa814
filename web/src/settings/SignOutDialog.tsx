import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { ConfirmDialog } from "../ui/ConfirmDialog";

interface Props {
  /** How much on this device has not been confirmed. */
  count: number;
  onDecide: (isSure: boolean) => void;
}

/** Asks whether to sign out although something would be lost. */
export default function SignOutDialog({ count, onDecide }: Props) {
  const { t } = useTranslation("settings");
  return (
    <ConfirmDialog
      isOpen
      title={t("signOut.title")}
      onClose={() => onDecide(false)}
      buttons={
        <>
          <Button variant="default" onClick={() => onDecide(false)}>
            {t("signOut.stay")}
          </Button>
          <Button color="red.9" onClick={() => onDecide(true)}>
            {t("signOut.confirm")}
          </Button>
        </>
      }
    >
      <Text>{t("signOut.text", { count })}</Text>
    </ConfirmDialog>
  );
}
