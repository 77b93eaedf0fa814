import { levelOf, type Level } from "./level";
import type { DayState } from "./store";

/** Words of a cell, taken from the catalogue once: painting happens thousands of times a second. */
export interface CellWords {
  level: Record<Level, string>;
  unknown: string;
  number: (value: number) => string;
}

/** What a cell shows, and what it says to those who do not see it. */
export interface CellText {
  level: Level | "unknown";
  shown: string;
  said: string;
}

export function cellText(state: DayState | undefined, words: CellWords): CellText {
  if (state === undefined) return { level: "unknown", shown: "-", said: `-, ${words.unknown}` };
  const level = levelOf(state);
  const used = words.number(state.used + state.held);
  const limit = words.number(state.limit);
  return { level, shown: `${used}/${limit}`, said: `${used}/${limit}, ${words.level[level]}` };
}

/** Numbers of a locale, each made once. */
export function numberWords(format: (value: number) => string): (value: number) => string {
  const made = new Map<number, string>();
  return (value) => {
    let text = made.get(value);
    if (text === undefined) {
      text = format(value);
      made.set(value, text);
    }
    return text;
  };
}

/**
 * Writes a cell into the page, touching only what differs. React is not asked; and what is said is
 * an attribute, which costs no layout.
 */
export function paintCell(cell: HTMLElement, { level, shown, said }: CellText): void {
  if (cell.dataset.level !== level) cell.dataset.level = level;
  const number = cell.firstElementChild;
  const text = number?.firstChild;
  if (text == null) {
    if (number !== null) number.textContent = shown;
  } else if (text.nodeValue !== shown) {
    text.nodeValue = shown;
  }
  if (cell.getAttribute("aria-label") !== said) cell.setAttribute("aria-label", said);
}
