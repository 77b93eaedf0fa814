import { Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import classes from "./Summary.module.css";
import { cityOf } from "./TimePicker";
import type { Choice } from "./choice";
import { type Service, useTeamMembers } from "./useCatalogue";

/** What has been chosen so far, beside or below the step. */
export function Summary({ service, choice }: { service: Service; choice: Choice }) {
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const { data: members } = useTeamMembers(service.id);
  const member = members?.find((one) => one.id === choice.memberId);
  const zone = choice.timeZone;
  const { repeat, startsAt } = choice;

  const rows: [string, string][] = [
    [t("summary.service"), service.name],
    [t("summary.length"), formats.duration(service.durationMinutes)],
    [t("summary.member"), member?.name ?? t("member.anyone")],
  ];
  if (zone !== undefined) rows.push([t("summary.place"), cityOf(zone)]);
  if (startsAt !== undefined && zone !== undefined) {
    rows.push([
      t("summary.time"),
      `${formats.date(startsAt, zone)}, ${formats.time(startsAt, zone)}`,
    ]);
  }
  if (repeat !== undefined) {
    rows.push([
      t("summary.repeat"),
      t("repeat.said", {
        rule: t(`repeat.${repeat.frequency}`),
        count: repeat.count,
      }),
    ]);
  }
  return (
    <aside className={`surface ${classes.summary}`} aria-labelledby="summary-heading">
      <Title order={2} size="h3" id="summary-heading">
        {t("summary.title")}
      </Title>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text className={classes.price}>
        {repeat === undefined
          ? formats.money(service.price)
          : t("slots.eachPrice", { price: formats.money(service.price) })}
      </Text>
    </aside>
  );
}
