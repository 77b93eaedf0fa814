import { useTranslation } from "react-i18next";

import type { Schemas } from "../api";
import { useFormats } from "../i18n/useFormats";
import { statusOf } from "./status";
import classes from "./portal.module.css";

type Entry = Schemas["HistoryEntry"];

/** Events of a booking that there are words for. Others are told by the state they led to. */
const KINDS = [
  "booked",
  "rescheduled",
  "assigned",
  "declined",
  "expired",
  "cancelled",
  "progressed",
  "held",
  "offered",
  "hold-confirmed",
  "hold-released",
  "wait-joined",
  "wait-ended",
  "displaced",
] as const;

/** What has happened to a booking, the newest last. */
export function History({ entries, timeZone }: { entries: readonly Entry[]; timeZone: string }) {
  const { t } = useTranslation("portal");
  const formats = useFormats();

  const words = (entry: Entry) => {
    const kind = KINDS.find((known) => known === entry.kind);
    if (kind === "progressed" && entry.status != null) {
      return t(`status.${statusOf({ status: entry.status })}`);
    }
    if (kind === "rescheduled" && entry.startsAt != null) {
      return t("history.rescheduledTo", { date: formats.dateTime(entry.startsAt, timeZone) });
    }
    return t(`history.${kind ?? "changed"}`);
  };
  const who = (by: string) => (by === "client" || by === "staff" ? by : "system");

  return (
    <ol className={classes.history}>
      {entries.map((entry) => (
        <li key={`${entry.seq} ${entry.at} ${entry.kind}`}>
          {words(entry)}
          {entry.reason == null ? null : <>: {entry.reason}</>}
          <time dateTime={entry.at}>
            {formats.dateTime(entry.at, timeZone)}, {t(`history.by.${who(entry.by)}`)}
          </time>
        </li>
      ))}
    </ol>
  );
}
