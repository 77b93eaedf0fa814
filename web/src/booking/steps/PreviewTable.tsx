import { NativeSelect, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import type { MovedVisit } from "../order";
import type { Preview, PreviewedVisit } from "../usePreview";
import classes from "./PreviewTable.module.css";

interface Props {
  preview: Preview;
  moved: readonly MovedVisit[];
  isBusy: boolean;
  onMoved: (moved: MovedVisit[]) => void;
}

const LEAVE_OUT = "";

/** Every visit of a series: when, what it costs, and what becomes of those that cannot be had. */
export function PreviewTable({ preview, moved, isBusy, onMoved }: Props) {
  const { t } = useTranslation(["booking", "problems"]);
  const formats = useFormats();
  const { timeZone } = preview;

  const fix = (visit: PreviewedVisit, value: string) => {
    const others = moved.filter((one) => one.index !== visit.index);
    const other = visit.alternatives[Number(value)];
    if (value === LEAVE_OUT || other === undefined) return onMoved(others);
    return onMoved([...others, { index: visit.index, ...other }]);
  };

  const state = (visit: PreviewedVisit) => {
    if (visit.status === "ok") return <span className={classes.free}>{t("repeat.free")}</span>;
    const chosen = moved.find((one) => one.index === visit.index);
    const at = visit.alternatives.findIndex((other) => other.startsAt === chosen?.startsAt);
    const code = visit.code as "slot-taken";
    return (
      <>
        <Text size="sm" className={classes.reason}>
          {t(`problems:${code}.title`)}
        </Text>
        <NativeSelect
          aria-label={t("repeat.fix", { date: formats.dateTime(visit.startsAt, timeZone) })}
          value={at < 0 ? LEAVE_OUT : String(at)}
          onChange={({ currentTarget: { value } }) => fix(visit, value)}
          data={[
            { value: LEAVE_OUT, label: t("repeat.leaveOut") },
            ...visit.alternatives.map((other, index) => ({
              value: String(index),
              label: t("repeat.move", { date: formats.dateTime(other.startsAt, timeZone) }),
            })),
          ]}
        />
      </>
    );
  };

  return (
    <div className={`surface ${classes.wrap}`} aria-busy={isBusy}>
      <table className={classes.table}>
        <caption className={classes.caption}>{t("repeat.caption")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("repeat.visit")}</th>
            <th scope="col">{t("repeat.date")}</th>
            <th scope="col">{t("repeat.state")}</th>
            <th scope="col" className={classes.money}>
              {t("repeat.price")}
            </th>
          </tr>
        </thead>
        <tbody>
          {preview.occurrences.map((visit) => (
            <tr key={visit.index} data-state={visit.status}>
              <td>{formats.number(visit.index + 1)}</td>
              <th scope="row">
                {formats.dateShort(visit.startsAt, timeZone)},{" "}
                {formats.time(visit.startsAt, timeZone)}
              </th>
              <td>{state(visit)}</td>
              <td className={classes.money}>{formats.money(visit.price)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              {t("repeat.total", { count: preview.okCount })}
            </th>
            <td className={classes.money}>{formats.money(preview.total)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
