import { Stack, Text, ThemeIcon, Title } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";

interface Props {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  text?: string;
  /** What to do about it: usually one button. */
  children?: ReactNode;
}

/** Nothing is here yet: why, and what to do about it. */
export function EmptyState({ icon: Icon, title, text, children }: Props) {
  return (
    <Stack
      className="surface"
      align="center"
      ta="center"
      gap="sm"
      px="lg"
      py={48}
      style={{ overflowWrap: "anywhere" }}
    >
      <ThemeIcon size={64} radius={32} variant="light" aria-hidden>
        <Icon size={32} stroke={1.5} />
      </ThemeIcon>
      <Title order={2}>{title}</Title>
      {text === undefined ? null : (
        <Text c="dimmed" maw="42ch">
          {text}
        </Text>
      )}
      {children}
    </Stack>
  );
}
