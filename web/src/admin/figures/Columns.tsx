import { Group, Stack, Text, Title } from "@mantine/core";
import type { CSSProperties } from "react";

import { useFormats } from "../../i18n/useFormats";
import type { Day } from "../lib/days";
import classes from "./figures.module.css";

/** One part of every column: what it is called, and how it looks. */
export interface Part {
  name: string;
  look: "solid" | "soft" | "alert";
}

interface Props {
  title: string;
  /** What all columns come to, in words: the picture itself is kept from screen readers. */
  sum: string;
  parts: readonly Part[];
  columns: readonly { day: Day; values: readonly number[] }[];
}

/** Days side by side, each a pile of parts. The numbers stand in the table of the page. */
export function Columns({ title, sum, parts, columns }: Props) {
  const formats = useFormats();
  const totals = columns.map(({ values }) => values.reduce((all, one) => all + one, 0));
  const highest = Math.max(1, ...totals);
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="baseline">
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text fw={600} className="tabular">
          {sum}
        </Text>
      </Group>
      <div
        className={classes.chart}
        aria-hidden
        style={{ "--days": columns.length } as CSSProperties}
      >
        {columns.map(({ day, values }) => (
          <div key={day} className={classes.day}>
            <div className={classes.frame}>
              {values.map((value, index) => (
                <span
                  key={parts[index]?.name ?? index}
                  className={classes.part}
                  data-look={parts[index]?.look}
                  style={{ "--share": value / highest } as CSSProperties}
                />
              ))}
            </div>
            <span className={classes.label}>{formats.dayNumber(day)}</span>
          </div>
        ))}
      </div>
      <Group gap="md" aria-hidden>
        {parts.map(({ name, look }) => (
          <Group key={name} gap={6}>
            <span className={classes.swatch} data-look={look} />
            <Text size="sm" span>
              {name}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}
