import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { type Entry, OutboxError, discard } from "../offline";

interface Props {
  /** What is to be discarded; `null` closes the dialog. */
  entry: Entry | null;
  onClose: () => void;
}

/** Asks before something that was never sent is thrown away. */
export function DiscardDialog({ entry, onClose }: Props) {
  const { t } = useTranslation(["settings", "common"]);
  const [isBusy, setIsBusy] = useState(false);

  const close = () => {
    setIsBusy(false);
    onClose();
  };
  const confirm = async () => {
    if (entry === null) return;
    try {
      await discard(entry.id);
      close();
    } catch (error) {
      if (error instanceof OutboxError) setIsBusy(true);
      else throw error;
    }
  };

  return (
    <Modal
      opened={entry !== null}
      onClose={close}
      title={t("discard.title")}
      centered
      closeButtonProps={{ "aria-label": t("common:action.close"), size: 44 }}
    >
      <Stack>
        <Text>{t(entry?.unsure === true ? "discard.unsure" : "discard.text")}</Text>
        <Text role="status">{isBusy ? t("discard.busy") : ""}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {t("action.keep")}
          </Button>
          <Button color="red" onClick={() => void confirm()}>
            {t("action.discard")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
