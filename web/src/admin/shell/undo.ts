import { useSyncExternalStore } from "react";

import { UNDO_MS } from "../capacity/undo";

/** What was just done, and how it is taken back. */
export interface Done {
  id: number;
  text: string;
  untilMs: number;
  undo: (() => Promise<void>) | undefined;
}

let current: Done | undefined;
let count = 0;
const listeners = new Set<() => void>();

function say(next: Done | undefined): void {
  current = next;
  listeners.forEach((listener) => listener());
}

/** Says that something was done; with `undo`, it can be taken back for ten seconds. */
export function announce(text: string, undo?: () => Promise<void>): void {
  count += 1;
  say({ id: count, text, untilMs: Date.now() + UNDO_MS, undo });
}

/** Takes the bar away, unless something else is in it by now. */
export function dismiss(id: number): void {
  if (current?.id === id) say(undefined);
}

export function useDone(): Done | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
