import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "./Section.module.css";

interface Props {
  id: string;
  title: string;
  text?: string;
  /** At the end of the heading's line: the state of the whole. */
  aside?: ReactNode;
  children: ReactNode;
}

/** One subject of the settings. */
export function Section({ id, title, text, aside, children }: Props) {
  return (
    <section className={`surface ${classes.section}`} aria-labelledby={`${id}-title`} id={id}>
      <Stack gap={4}>
        <Group justify="space-between" gap="sm">
          <Title order={2} id={`${id}-title`}>
            {title}
          </Title>
          {aside}
        </Group>
        {text === undefined ? null : (
          <Text c="dimmed" maw="62ch">
            {text}
          </Text>
        )}
      </Stack>
      {children}
    </section>
  );
}

/** Facts in two columns, or one below the other where there is no room. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
