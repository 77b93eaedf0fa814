import type { Day } from "../lib/days";

/** What one cell of the board shows: a team's day as the ledger stood at `seq`. */
export interface DayState {
  teamId: string;
  date: Day;
  epoch: string;
  seq: number;
  limit: number;
  used: number;
  held: number;
  remaining: number;
  closed: boolean;
}

export type CellKey = `${string}:${Day}`;

export function cellKey(teamId: string, date: Day): CellKey {
  return `${teamId}:${date}`;
}

type Listener = (state: DayState) => void;

/** Runs `flush` later; called once for everything that becomes dirty until then. */
export type Schedule = (flush: () => void) => void;

interface Cell {
  state: DayState | undefined;
  listeners: Set<Listener>;
}

/**
 * One signal per team and day. Cells are told apart, so that a change touches one cell and nothing
 * else of the page; and they are told in batches, so that thousands of changes a second cost as
 * many paints as a person can see.
 *
 * Invariant: within an epoch a cell never goes back to an older `seq`, in whatever order stream and
 * answers arrive.
 */
export class BoardStore {
  readonly #cells = new Map<CellKey, Cell>();
  readonly #dirty = new Set<Cell>();
  readonly #schedule: Schedule;
  #isScheduled = false;
  /** How many states were taken, for whoever measures. */
  appliedCount = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** Takes `next` unless something newer is known. Says whether it was taken. */
  apply(next: DayState): boolean {
    const cell = this.#cell(cellKey(next.teamId, next.date));
    const known = cell.state;
    if (known !== undefined && known.epoch === next.epoch && known.seq >= next.seq) return false;
    cell.state = next;
    this.appliedCount += 1;
    if (cell.listeners.size === 0) return true;
    this.#dirty.add(cell);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      this.#schedule(this.#flush);
    }
    return true;
  }

  get(teamId: string, date: Day): DayState | undefined {
    return this.#cells.get(cellKey(teamId, date))?.state;
  }

  /** Calls `listener` after every change of this cell. Returns what ends that. */
  subscribe(teamId: string, date: Day, listener: Listener): () => void {
    const cell = this.#cell(cellKey(teamId, date));
    cell.listeners.add(listener);
    return () => {
      cell.listeners.delete(listener);
    };
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const cell of dirty) {
      const { state } = cell;
      if (state === undefined) continue;
      for (const listener of cell.listeners) listener(state);
    }
  };

  #cell(key: CellKey): Cell {
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { state: undefined, listeners: new Set() };
      this.#cells.set(key, cell);
    }
    return cell;
  }
}

/**
 * Shortest time between two paints of the board while it never rests: nobody reads hundreds of
 * changing numbers faster. The first change after a pause is painted at once.
 */
const PAINT_EVERY_MS = 400;

/**
 * Paints at once after a quiet time, then at most every {@link PAINT_EVERY_MS}. The last change
 * before a pause is always painted.
 */
export function paintSchedule(
  nowMs: () => number,
  setTimer: (callback: () => void, delayMs: number) => void,
): Schedule {
  let paintedAtMs = -Infinity;
  return (flush) => {
    const waitMs = Math.max(0, paintedAtMs + PAINT_EVERY_MS - nowMs());
    setTimer(() => {
      paintedAtMs = nowMs();
      flush();
    }, waitMs);
  };
}
