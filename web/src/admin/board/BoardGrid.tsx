import { useDirection } from "@mantine/core";
import {
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  useLayoutEffect,
  useRef,
} from "react";

import type { Team } from "../data/catalog";
import type { Day } from "../lib/days";
import { type CellWords, cellText, paintCell } from "./cell";
import { placeAfter } from "./grid-keys";
import classes from "./board.module.css";
import type { BoardStore } from "./store";

export interface DayHeading {
  day: Day;
  weekday: string;
  date: string;
  label: string;
  isToday: boolean;
  isWeekend: boolean;
}

interface Props {
  store: BoardStore;
  teams: readonly Team[];
  headings: readonly DayHeading[];
  words: CellWords;
  label: string;
  teamHeading: string;
  onOpen: (teamId: string, day: Day) => void;
}

/**
 * Teams by days. React lays the table out once; what changes is written into the cells by their own
 * subscriptions, so that a busy day costs one text node and not a table.
 *
 * A grid in the sense of ARIA: one tab stop, arrows, Home, End and pages inside.
 */
export const BoardGrid = memo(function BoardGrid(props: Props) {
  const { store, teams, headings, words, label, teamHeading, onOpen } = props;
  const { dir } = useDirection();
  const table = useRef<HTMLTableElement>(null);

  const cellAt = (row: number, column: number): HTMLElement | null =>
    table.current?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`) ??
    null;

  const open = (event: MouseEvent | KeyboardEvent): void => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    const team = teams[Number(cell?.dataset.row)];
    const heading = headings[Number(cell?.dataset.column)];
    if (cell !== null && team && heading) onOpen(team.id, heading.day);
  };

  const press = (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      open(event);
      return;
    }
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    if (cell === null) return;
    const from = { row: Number(cell.dataset.row), column: Number(cell.dataset.column) };
    const size = { rows: teams.length, columns: headings.length };
    const to = placeAfter(from, event, size, dir === "rtl");
    if (to === undefined) return;
    event.preventDefault();
    cellAt(to.row, to.column)?.focus();
  };

  // The cell that had the focus last is the one that Tab comes back to.
  const keepTabStop = (event: FocusEvent): void => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    if (cell === null) return;
    table.current
      ?.querySelectorAll<HTMLElement>('[data-row][tabindex="0"]')
      .forEach((old) => old.setAttribute("tabindex", "-1"));
    cell.setAttribute("tabindex", "0");
  };

  return (
    <div className={classes.scroller}>
      <table
        ref={table}
        role="grid"
        aria-label={label}
        aria-rowcount={teams.length + 1}
        aria-colcount={headings.length + 1}
        className={classes.grid}
        onClick={open}
        onKeyDown={press}
        onFocus={keepTabStop}
      >
        <thead>
          <tr>
            <th scope="col" className={classes.corner}>
              {teamHeading}
            </th>
            {headings.map(({ day, weekday, date, label: full, isToday, isWeekend }) => (
              <th
                key={day}
                scope="col"
                abbr={full}
                className={classes.day}
                data-today={isToday || undefined}
                data-weekend={isWeekend || undefined}
                aria-current={isToday ? "date" : undefined}
              >
                <span aria-hidden>
                  <span className={classes.weekday}>{weekday}</span>
                  {date}
                </span>
                <span className={classes.said}>{full}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {teams.map((team, row) => (
            <tr key={team.id}>
              <th scope="row" className={classes.team}>
                {team.name}
              </th>
              {headings.map(({ day }, column) => (
                <Cell
                  key={day}
                  store={store}
                  teamId={team.id}
                  day={day}
                  row={row}
                  column={column}
                  words={words}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

interface CellProps {
  store: BoardStore;
  teamId: string;
  day: Day;
  row: number;
  column: number;
  words: CellWords;
}

const Cell = memo(function Cell({ store, teamId, day, row, column, words }: CellProps) {
  const cell = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => {
    const element = cell.current;
    if (element === null) return undefined;
    paintCell(element, cellText(store.get(teamId, day), words));
    return store.subscribe(teamId, day, (state) => paintCell(element, cellText(state, words)));
  }, [store, teamId, day, words]);
  return (
    <td
      ref={cell}
      role="gridcell"
      data-row={row}
      data-column={column}
      tabIndex={row === 0 && column === 0 ? 0 : -1}
      className={classes.cell}
    >
      <span className={classes.number} aria-hidden />
    </td>
  );
});
