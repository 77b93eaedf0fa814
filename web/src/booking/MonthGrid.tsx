import { ActionIcon, Group, Title, useDirection } from "@mantine/core";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { IconChevronLeft, IconChevronRight } from "../ui/icons";
import classes from "./MonthGrid.module.css";
import type { PlaceDay } from "./availability";
import {
  type Day,
  addMonths,
  dayByKey,
  firstOfMonth,
  isSameMonth,
  weekdayOf,
  weeksOf,
} from "./calendar";

interface Props {
  /** The month that is shown, by any of its days. */
  month: Day;
  chosen: Day | undefined;
  days: ReadonlyMap<Day, PlaceDay>;
  first: Day;
  last: Day;
  isLoading: boolean;
  onMonth: (month: Day) => void;
  onChoose: (day: Day) => void;
}

/** A month of days, each with what is left of it. One tab stop; arrows, Home, End and Page move. */
export function MonthGrid(props: Props) {
  const { month, chosen, days, first, last, isLoading, onMonth, onChoose } = props;
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const { dir } = useDirection();
  const heading = useId();
  const table = useRef<HTMLTableElement>(null);
  const [focused, setFocused] = useState<Day>();
  const weekStart = formats.weekStart();
  const weeks = weeksOf(month, weekStart);

  const inMonth = (day: Day | undefined) => day !== undefined && isSameMonth(day, month);
  const firstOpen = [...days.values()].find((day) => day.state === "open" && inMonth(day.date));
  const stop = [focused, chosen, firstOpen?.date].find(inMonth) ?? firstOfMonth(month);

  // The grid is drawn anew for another month, so the focus is put where the key led.
  useEffect(() => {
    if (focused === undefined) return;
    table.current?.querySelector<HTMLElement>(`[data-day="${focused}"]`)?.focus();
  }, [focused, month]);

  const move = (event: KeyboardEvent, from: Day) => {
    const wanted = dayByKey(from, event, weekStart, dir);
    if (wanted === undefined) return;
    event.preventDefault();
    const to = wanted < first ? first : wanted > last ? last : wanted;
    setFocused(to);
    if (!isSameMonth(to, month)) onMonth(firstOfMonth(to));
  };

  const state = (day: Day) => (day < first || day > last ? undefined : days.get(day));
  const label = (day: Day, known: PlaceDay | undefined) => {
    if (known?.state === "open")
      return t("month.open", { day: formats.day(day), count: known.slots.length });
    if (known?.state === "full") return t("month.full", { day: formats.day(day) });
    return t("month.closed", { day: formats.day(day) });
  };

  // Drawn by the style sheet: the label says it in full, and must contain the text that is shown.
  const short = (known: PlaceDay | undefined) => {
    if (known?.state === "open") return t("month.countShort", { count: known.slots.length });
    return known?.state === "full" ? t("month.fullShort") : undefined;
  };

  const cell = (day: Day) => {
    if (!isSameMonth(day, month)) return <td key={day} className={classes.other} />;
    const known = state(day);
    const canChoose = known?.state === "open" || known?.state === "full";
    return (
      <td key={day}>
        <button
          type="button"
          className={classes.day}
          data-day={day}
          data-state={known?.state ?? "closed"}
          aria-label={label(day, known)}
          aria-pressed={day === chosen}
          aria-disabled={!canChoose}
          tabIndex={day === stop ? 0 : -1}
          onKeyDown={(event) => move(event, day)}
          onFocus={() => setFocused(day)}
          onClick={() => canChoose && onChoose(day)}
        >
          <span className={classes.number}>{formats.dayNumber(day)}</span>
          <span className={classes.count} data-count={short(known)} />
        </button>
      </td>
    );
  };

  const previous = addMonths(firstOfMonth(month), -1);
  const next = addMonths(firstOfMonth(month), 1);
  return (
    <div className={classes.grid} aria-busy={isLoading}>
      <Group justify="space-between" wrap="nowrap">
        <ActionIcon
          aria-label={t("month.previous")}
          disabled={previous < firstOfMonth(first)}
          onClick={() => onMonth(previous)}
        >
          <IconChevronLeft className="flip" size={22} />
        </ActionIcon>
        <Title order={3} id={heading} aria-live="polite">
          {formats.month(month)}
        </Title>
        <ActionIcon
          aria-label={t("month.next")}
          disabled={next > last}
          onClick={() => onMonth(next)}
        >
          <IconChevronRight className="flip" size={22} />
        </ActionIcon>
      </Group>
      <table ref={table} aria-labelledby={heading} className={classes.table}>
        <thead>
          <tr>
            {(weeks[0] ?? []).map((day) => (
              <th key={day} scope="col" abbr={formats.weekday(weekdayOf(day), "long")}>
                {formats.weekday(weekdayOf(day), "short")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>{week.map(cell)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
