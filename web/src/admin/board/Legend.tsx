import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./board.module.css";
import type { CellWords } from "./cell";
import type { Level } from "./level";

const LEVELS: readonly Level[] = ["empty", "low", "some", "high", "full", "over", "closed"];

/** What the patterns mean. */
export function Legend({ words }: { words: CellWords }) {
  const { t } = useTranslation("admin");
  return (
    <Group gap="md" component="ul" aria-label={t("board.legend")} p={0} m={0}>
      {LEVELS.map((level) => (
        <Group key={level} component="li" gap={8} style={{ listStyle: "none" }}>
          <span className={classes.swatch} data-level={level} aria-hidden />
          <Text size="sm" span>
            {words.level[level]}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
