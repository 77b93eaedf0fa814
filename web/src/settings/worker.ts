/** The service worker as pages see it: registering it, and offering its new version. */

import { useSyncExternalStore } from "react";

const SCRIPT = "/sw.js";
const TAKE_OVER = "take-over";

/** How often an open page asks for a new version. */
const CHECK_EVERY_MS = 3_600_000;

/** Whether the shell is on this device, and whether a newer one waits. */
export interface WorkerState {
  isSupported: boolean;
  /** The pages of the portal open without a network. */
  isReady: boolean;
  /** A newer version is here and waits for a reload. */
  hasUpdate: boolean;
}

let state: WorkerState = { isSupported: false, isReady: false, hasUpdate: false };
let waiting: ServiceWorker | null = null;
let isReloading = false;
let isWatched = false;
const listeners = new Set<() => void>();

function set(changed: Partial<WorkerState>): void {
  state = { ...state, ...changed };
  listeners.forEach((listener) => listener());
}

/** Trusted Types, which the page's policy demands, and TypeScript's library lacks. */
interface TrustedTypes {
  createPolicy: (
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ) => { createScriptURL: (url: string) => unknown };
}

let trusted: string | null = null;

/** The worker's address, from the one policy that lets through nothing else. */
function trustedScript(): string {
  if (trusted !== null) return trusted;
  const { trustedTypes } = window as Window & { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy("daybook-worker", {
    createScriptURL: (url) => {
      if (url !== SCRIPT) throw new TypeError(`not our worker: ${url}`);
      return url;
    },
  });
  // register() takes a TrustedScriptURL where there are any; its type says string.
  trusted = (policy?.createScriptURL(SCRIPT) ?? SCRIPT) as string;
  return trusted;
}

/** Registers the worker. Called again after signing out, which clears the browser's storage. */
export async function registerWorker(): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined || !import.meta.env.PROD) return;
  set({ isSupported: true });
  watchController(workers);
  try {
    const registration = await workers.register(trustedScript(), {
      scope: "/",
      updateViaCache: "none",
    });
    follow(registration);
    await workers.ready;
    set({ isReady: true });
  } catch {
    // A browser may forbid workers, as in some private windows: the portal then needs the network.
    set({ isSupported: false });
  }
}

function follow(registration: ServiceWorkerRegistration): void {
  const look = () => {
    // Without a controller this is the first version, which nobody has to be asked about.
    waiting = navigator.serviceWorker.controller === null ? null : registration.waiting;
    set({ hasUpdate: waiting !== null });
  };
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  look();
  const check = () => {
    if (navigator.onLine) void registration.update().catch(() => undefined);
  };
  setInterval(check, CHECK_EVERY_MS);
}

function watchController(workers: ServiceWorkerContainer): void {
  if (isWatched) return;
  isWatched = true;
  workers.addEventListener("controllerchange", () => {
    if (isReloading) location.reload();
  });
}

/** Has the new version take over, and shows it. */
export function reloadIntoUpdate(): void {
  isReloading = true;
  if (waiting === null) location.reload();
  else waiting.postMessage(TAKE_OVER);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useWorker(): WorkerState {
  return useSyncExternalStore(subscribe, () => state);
}
