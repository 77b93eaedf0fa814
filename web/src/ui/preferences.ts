import { useSyncExternalStore } from "react";

/** What a person has chosen about how things are shown. Absent: as the browser says. */
export interface Preferences {
  language?: string;
  /** IANA name of the zone that times are also shown in. */
  timeZone?: string;
}

const STORAGE_KEY = "daybook.preferences";
const listeners = new Set<() => void>();

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}");
    return typeof stored === "object" && stored !== null ? stored : {};
  } catch {
    // Storage may be forbidden, or hold what an older version wrote.
    return {};
  }
}

let current: Preferences | undefined;

export function preferences(): Preferences {
  current ??= read();
  return current;
}

/** Changes some preferences; `undefined` goes back to what the browser says. */
export function setPreferences(changed: Preferences): void {
  current = { ...preferences(), ...changed };
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // Without storage the choice holds for as long as the page is open.
  }
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  const fromOtherTab = (event: StorageEvent) => {
    if (event.key !== STORAGE_KEY) return;
    current = undefined;
    listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", fromOtherTab);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", fromOtherTab);
  };
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}

/** The person's own zone: as chosen, else the browser's. */
export function useOwnTimeZone(): string {
  const { timeZone } = usePreferences();
  return timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}
