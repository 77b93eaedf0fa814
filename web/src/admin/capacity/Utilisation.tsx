import { Group, Stack, Text, Title } from "@mantine/core";
import { type CSSProperties } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import type { CapacityDay } from "../data/capacity";
import classes from "./utilisation.module.css";

/**
 * How full each day is, as bars: booked, held for emergencies, free. The numbers stand in the table
 * below, so the picture itself is kept from screen readers but for its sum.
 */
export function Utilisation({ days }: { days: readonly CapacityDay[] }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const open = days.filter(({ closed }) => !closed);
  const limit = open.reduce((sum, day) => sum + day.limit, 0);
  const taken = open.reduce((sum, day) => sum + day.used + day.held, 0);
  const highest = Math.max(1, ...days.map((day) => Math.max(day.limit, day.used + day.held)));
  const share = limit === 0 ? 0 : taken / limit;

  return (
    <Stack gap="sm">
      <Group justify="space-between" align="baseline">
        <Title order={2} size="h3">
          {t("utilisation.title")}
        </Title>
        <Text fw={600} className="tabular">
          {t("utilisation.sum", {
            share: formats.percent(share),
            used: formats.number(taken),
            limit: formats.number(limit),
          })}
        </Text>
      </Group>
      <div className={classes.chart} aria-hidden style={{ "--days": days.length } as CSSProperties}>
        {days.map((day) => {
          const booked = day.used + day.held;
          const style = {
            "--booked": booked / highest,
            "--reserve": Math.min(day.reserve, Math.max(0, day.limit - booked)) / highest,
            "--limit": day.limit / highest,
          } as CSSProperties;
          return (
            <div
              key={day.date}
              className={classes.day}
              style={style}
              data-closed={day.closed || undefined}
            >
              <div className={classes.frame}>
                <span className={classes.limit} />
                <span className={classes.reserve} />
                <span className={classes.booked} data-over={booked > day.limit || undefined} />
              </div>
              <span className={classes.label}>{formats.dayNumber(day.date)}</span>
            </div>
          );
        })}
      </div>
      <Group gap="md" aria-hidden>
        {(["booked", "reserve", "free"] as const).map((name) => (
          <Group key={name} gap={6}>
            <span className={classes.swatch} data-name={name} />
            <Text size="sm" span>
              {t(`utilisation.${name}`)}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  );
}
