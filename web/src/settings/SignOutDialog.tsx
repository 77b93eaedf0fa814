import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  /** How much on this device has not been confirmed. */
  count: number;
  onDecide: (isSure: boolean) => void;
}

/** Asks whether to sign out although something would be lost. */
export default function SignOutDialog({ count, onDecide }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  return (
    <Modal
      opened
      onClose={() => onDecide(false)}
      title={t("settings:signOut.title")}
      centered
      closeButtonProps={{ "aria-label": t("common:action.close"), size: 44 }}
    >
      <Stack>
        <Text>{t("settings:signOut.text", { count })}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onDecide(false)} data-autofocus>
            {t("settings:signOut.stay")}
          </Button>
          <Button color="red" onClick={() => onDecide(true)}>
            {t("settings:signOut.confirm")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
