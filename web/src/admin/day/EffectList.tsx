import { Alert, Group, List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { IconAlert, IconArrowRight } from "../../ui/icons";
import type { Effect } from "../capacity/effect";
import type { CapacityDay } from "../data/capacity";
import classes from "./day.module.css";

interface Props {
  day: CapacityDay;
  effect: Effect;
  waitingUnits: number;
}

/** What a change would do, before it is made. */
export function EffectList({ day, effect, waitingUnits }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const from = (value: number) => formats.number(value);
  return (
    <div className={classes.effect} role="status">
      <Text fw={600} mb={4}>
        {t("effect.title")}
      </Text>
      <List listStyleType="none" spacing={4}>
        <List.Item>
          <Shift name={t("effect.limit")} from={from(day.limit)} to={from(effect.limit)} />
        </List.Item>
        <List.Item>
          <Shift name={t("effect.free")} from={from(day.remaining)} to={from(effect.remaining)} />
        </List.Item>
        <List.Item>{t("effect.booked", { count: day.used + day.held })}</List.Item>
        <List.Item>
          {waitingUnits === 0
            ? t("effect.nobodyWaits")
            : t("effect.offers", { count: effect.offers, waiting: from(waitingUnits) })}
        </List.Item>
      </List>
      {effect.shortBy > 0 ? (
        <Alert color="red" mt="sm" icon={<IconAlert />}>
          {t("effect.short", { count: effect.shortBy })}
        </Alert>
      ) : null}
    </div>
  );
}

function Shift({ name, from, to }: { name: string; from: string; to: string }) {
  return (
    <Group gap={6}>
      <Text span>{name}</Text>
      <Text span className="tabular">
        {from}
      </Text>
      <IconArrowRight size={16} className="flip" aria-hidden />
      <Text span fw={700} className="tabular">
        {to}
      </Text>
    </Group>
  );
}
