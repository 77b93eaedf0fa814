import { Skeleton, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Money } from "../i18n/formats";
import { useFormats } from "../i18n/useFormats";
import classes from "./Summary.module.css";
import { cityOf } from "./TimePicker";
import type { Choice } from "./choice";
import { type Service, useTeamMembers } from "./useCatalogue";

interface Props {
  service: Service;
  choice: Choice;
  /** What the choice costs, once it is far enough to be priced. */
  total: Money | undefined;
  /** The total is being asked for: what is known is another choice's. */
  isPricing: boolean;
}

/** What has been chosen so far, and what it costs, beside or below the step. */
export function Summary({ service, choice, total, isPricing }: Props) {
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
      <div className={classes.price} aria-busy={isPricing}>
        {total === undefined ? (
          formats.money(service.price)
        ) : (
          <>
            <Text component="span" fw={600}>
              {t("payment.total")}
            </Text>
            {isPricing ? (
              <Skeleton component="span" height={20} width={72} />
            ) : (
              <span className="tabular">{formats.money(total)}</span>
            )}
          </>
        )}
      </div>
    </aside>
  );
}
