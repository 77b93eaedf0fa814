import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";

import { BoardGrid, type DayHeading } from "../../src/admin/board/BoardGrid";
import { type CellWords, numberWords } from "../../src/admin/board/cell";
import { boardStore } from "../../src/admin/board/shared";
import type { Team } from "../../src/admin/data/catalog";
import { daysFrom } from "../../src/admin/lib/days";

/** A company of fifty teams, a month at a glance. */
const TEAMS = 50;
const DAYS = 31;
const BEAT_MS = 10;

const teams: Team[] = Array.from({ length: TEAMS }, (_, index) => ({
  id: `t${index}`,
  name: `Team ${index}`,
  timeZone: "Europe/Berlin",
  defaultLimit: 12,
  rev: 1,
}));
const days = daysFrom("2026-12-01", DAYS);
const headings: DayHeading[] = days.map((day) => ({
  day,
  weekday: "Mon",
  date: day.slice(8),
  label: day,
  isToday: false,
  isWeekend: false,
}));
const words: CellWords = {
  unknown: "unknown",
  number: numberWords(String),
  level: {
    closed: "closed",
    over: "over",
    full: "full",
    high: "high",
    some: "some",
    low: "low",
    empty: "empty",
  },
};

let seq = 0;
function change(): void {
  seq += 1;
  const used = Math.floor(Math.random() * 14);
  boardStore.apply({
    teamId: `t${Math.floor(Math.random() * TEAMS)}`,
    date: days[Math.floor(Math.random() * DAYS)] ?? "",
    epoch: "e",
    seq,
    limit: 12,
    used,
    held: 0,
    remaining: Math.max(0, 12 - used),
    closed: false,
  });
}

/** Changes days at `perSecond` from now on. */
function pump(perSecond: number): void {
  let doneCount = 0;
  const beganMs = performance.now();
  setInterval(() => {
    const dueCount = ((performance.now() - beganMs) / 1_000) * perSecond;
    while (doneCount < dueCount) {
      change();
      doneCount += 1;
    }
  }, BEAT_MS);
}

declare global {
  interface Window {
    boardLoad: { pump: (perSecond: number) => void; appliedCount: () => number };
  }
}
window.boardLoad = { pump, appliedCount: () => boardStore.appliedCount };

const root = document.getElementById("root");
if (root === null) throw new Error("no #root");
createRoot(root).render(
  <MantineProvider>
    <BoardGrid
      store={boardStore}
      teams={teams}
      headings={headings}
      words={words}
      label="Board"
      teamHeading="Team"
      onOpen={() => undefined}
    />
  </MantineProvider>,
);
