/** Installing the portal, where a browser offers it. */

import { useSyncExternalStore } from "react";

/** What Chromium offers; not in TypeScript's library. */
interface InstallPrompt extends Event {
  prompt: () => Promise<void>;
}

let offered: InstallPrompt | null = null;
let isInstalled = false;
let snapshot = { canAsk: false, isInstalled: false };
const listeners = new Set<() => void>();

function tell(): void {
  snapshot = { canAsk: offered !== null, isInstalled };
  listeners.forEach((listener) => listener());
}

/** Begins to listen: the browser makes its offer once, early, to whoever is there. */
export function watchInstall(): () => void {
  isInstalled = window.matchMedia("(display-mode: standalone)").matches;
  const onOffer = (event: Event) => {
    // Ours is asked for on the settings page, when somebody wants it; never on load.
    event.preventDefault();
    offered = event as InstallPrompt;
    tell();
  };
  const onInstalled = () => {
    offered = null;
    isInstalled = true;
    tell();
  };
  window.addEventListener("beforeinstallprompt", onOffer);
  window.addEventListener("appinstalled", onInstalled);
  tell();
  return () => {
    window.removeEventListener("beforeinstallprompt", onOffer);
    window.removeEventListener("appinstalled", onInstalled);
  };
}

/** Shows the browser's own question. An offer can be used once. */
export async function askToInstall(): Promise<void> {
  const prompt = offered;
  offered = null;
  tell();
  await prompt?.prompt();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useInstall(): { canAsk: boolean; isInstalled: boolean } {
  return useSyncExternalStore(subscribe, () => snapshot);
}

/** Whether this is Apple's engine on a phone, which forgets sites that are not installed. */
export function forgetsSites(userAgent: string): boolean {
  return /iPhone|iPad|iPod/.test(userAgent);
}
