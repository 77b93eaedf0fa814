import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { type Entry, OutboxError, discard } from "../offline";
import { ConfirmDialog } from "../ui/ConfirmDialog";

interface Props {
  /** What is to be discarded; `null` closes the dialog. */
  entry: Entry | null;
  onClose: () => void;
}

/** Asks before something that was never sent is thrown away. */
export function DiscardDialog({ entry, onClose }: Props) {
  const { t } = useTranslation("settings");
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
    <ConfirmDialog
      isOpen={entry !== null}
      title={t("discard.title")}
      onClose={close}
      buttons={
        <>
          <Button variant="default" onClick={close}>
            {t("action.keep")}
          </Button>
          <Button color="red.9" onClick={() => void confirm()}>
            {t("action.discard")}
          </Button>
        </>
      }
    >
      <Text>{t(entry?.unsure === true ? "discard.unsure" : "discard.text")}</Text>
      <Text role="status">{isBusy ? t("discard.busy") : ""}</Text>
    </ConfirmDialog>
  );
}
