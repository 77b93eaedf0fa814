import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { type Day, weekdayOf } from "../lib/days";
import type { DayHeading } from "./BoardGrid";
import { type CellWords, numberWords } from "./cell";

const SATURDAY = 6;

export function useCellWords(): CellWords {
  const { t, i18n } = useTranslation("admin");
  const formats = useFormats();
  return useMemo(
    () => ({
      unknown: t("board.unknown"),
      number: numberWords((value) => formats.number(value)),
      level: {
        closed: t("level.closed"),
        over: t("level.over"),
        full: t("level.full"),
        high: t("level.high"),
        some: t("level.some"),
        low: t("level.low"),
        empty: t("level.empty"),
      },
    }),
    [t, formats, i18n.language],
  );
}

export function useHeadings(days: readonly Day[], today: Day): DayHeading[] {
  const formats = useFormats();
  return useMemo(
    () =>
      days.map((day) => ({
        day,
        weekday: formats.weekday(weekdayOf(day), "short"),
        date: formats.dayNumber(day),
        label: formats.day(day),
        isToday: day === today,
        isWeekend: weekdayOf(day) >= SATURDAY,
      })),
    [days, formats, today],
  );
}
