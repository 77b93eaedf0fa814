import { Group, Stack, Text, ThemeIcon } from "@mantine/core";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";

/** Nothing waits: what this place is for. */
export function EmptyQueue({ icon: Icon }: { icon: ComponentType<{ size?: number }> }) {
  const { t } = useTranslation("settings");
  return (
    <Group wrap="nowrap" gap="md" align="center">
      <ThemeIcon size={48} radius={24} variant="light" aria-hidden>
        <Icon size={24} />
      </ThemeIcon>
      <Stack gap={2}>
        <Text fw={600}>{t("queue.emptyTitle")}</Text>
        <Text c="dimmed">{t("queue.emptyText")}</Text>
      </Stack>
    </Group>
  );
}
