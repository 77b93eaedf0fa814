import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { IconCheck, IconCopy } from "../../ui/icons";
import { Dialog } from "./Dialog";

interface Props {
  title: string;
  text: string;
  value: string;
  onClose: () => void;
}

/** Something that the server says this once. It goes when somebody says that they have kept it. */
export function OnceDialog({ title, text, value, onClose }: Props) {
  const { t } = useTranslation("office");
  return (
    <Dialog opened onClose={onClose} title={title} size="lg">
      <Stack>
        <Text>{text}</Text>
        <Code block dir="ltr" fz="md" style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>
          {value}
        </Code>
        <Group>
          <CopyButton value={value}>
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
