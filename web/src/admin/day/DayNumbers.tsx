import { Badge, Group, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { levelOf } from "../board/level";
import type { CapacityDay } from "../data/capacity";

/** How a day stands, in numbers. */
export function DayNumbers({ day, waiting }: { day: CapacityDay; waiting: number }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const level = levelOf(day);
  const taken = day.used + day.held;
  const share = day.limit === 0 ? 0 : (taken / day.limit) * 100;
  const figures = [
    { name: "free", value: day.remaining },
    { name: "held", value: day.held },
    { name: "emergency", value: day.remainingForEmergencies },
    { name: "waiting", value: waiting },
  ] as const;
  return (
    <Stack gap="sm">
      <Group gap="sm" align="baseline">
        <Text fz="2.25rem" fw={600} ff="headings" className="tabular" lh={1.1}>
          {t("day.ofLimit", { used: formats.number(taken), limit: formats.number(day.limit) })}
        </Text>
        <Badge
          tt="none"
          size="lg"
          variant="light"
          color={level === "over" ? "red" : level === "full" ? "marigold" : "pine"}
        >
          {t(`level.${level}`)}
        </Badge>
      </Group>
      <Progress
        value={Math.min(100, share)}
        color={level === "over" ? "red" : "pine"}
        size="md"
        aria-label={t("day.booked")}
      />
      <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="sm" component="dl" m={0}>
        {figures.map(({ name, value }) => (
          <Stack key={name} gap={0}>
            <Text component="dt" size="sm" c="dimmed">
              {t(`day.${name}`)}
            </Text>
            <Text component="dd" m={0} size="lg" fw={600} className="tabular">
              {formats.number(value)}
            </Text>
          </Stack>
        ))}
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        {t(day.inherited ? "day.inherited" : "day.ownLimit", {
          limit: formats.number(day.baseLimit),
          reserve: formats.number(day.reserve),
        })}
      </Text>
    </Stack>
  );
}
