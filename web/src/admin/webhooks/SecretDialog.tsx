import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { IconCheck, IconCopy } from "../../ui/icons";
import { Dialog } from "../shell/Dialog";

/** A secret, which the server says this once. It goes when somebody says that they have kept it. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation("office");
  return (
    <Dialog opened onClose={onClose} title={t("hooks.secret")} size="lg">
      <Stack>
        <Text>{t("hooks.secretText")}</Text>
        <Code block dir="ltr" fz="md" style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>
          {secret}
        </Code>
        <Group>
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
                onClick={copy}
              >
                {t(copied ? "hooks.copied" : "hooks.copy")}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>{t("hooks.kept")}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
