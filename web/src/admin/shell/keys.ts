import { useEffect, useSyncExternalStore } from "react";

const STORAGE_KEY = "daybook.admin.keys";
const listeners = new Set<() => void>();

/** Whether single keys do something. They can be switched off (WCAG 2.1.4). */
export function areKeysOn(): boolean {
  return localStorage.getItem(STORAGE_KEY) !== "off";
}

export function setKeysOn(isOn: boolean): void {
  localStorage.setItem(STORAGE_KEY, isOn ? "on" : "off");
  listeners.forEach((listener) => listener());
}

export function useKeysOn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, areKeysOn);
}

/** Whether somebody writes in `target`, so that a letter is a letter. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest(
      "input:not([type=checkbox]):not([type=radio]), textarea, select, [role=combobox]",
    ) !== null
  );
}

/** What single keys do on this page; those that return `false` leave the key to the browser. */
export type KeyTable = Record<string, () => void>;

/** Has single keys do what `table` says, unless they are off, held with others, or text. */
export function useKeys(table: KeyTable): void {
  const isOn = useKeysOn();
  useEffect(() => {
    if (!isOn) return undefined;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isWriting(event.target) || isDialogOpen()) return;
      const act = table[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [isOn, table]);
}

/** Keys belong to what is on top. */
function isDialogOpen(): boolean {
  return document.querySelector("[role=dialog][aria-modal=true]") !== null;
}
