/**
 * The portal's service worker: keeps the shell for when there is no network, and finishes what the
 * outbox holds when no page is open. Never touches the API, staff's pages or the pages behind mail
 * links.
 */

import { clientsClaim } from "workbox-core";
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

import { drain } from "./offline/flusher";
import { OutboxStore } from "./offline/store";
import { CHANNEL, SYNC_TAG, browserLock, browserWorld, type Changed } from "./offline/world";

/** Background Sync is not in TypeScript's library. */
interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
}

declare const self: ServiceWorkerGlobalScope & {
  __WB_MANIFEST: (string | PrecacheEntry)[];
};

/** What only the network can answer: a page of the shell would be a lie there. */
const NOT_THE_SHELL = [
  /^\/admin(?:$|\/|\.)/,
  /^\/api(?:$|\/)/,
  /^\/c\//,
  /^\/r\//,
  /^\/problems\//,
  /^\/(?:livez|readyz|metrics)$/,
  /\.[^/]*$/,
];

/** What a page says when its person wants the new version. */
const TAKE_OVER = "take-over";

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
clientsClaim();
registerRoute(
  new NavigationRoute(createHandlerBoundToURL("/index.html"), { denylist: NOT_THE_SHELL }),
);

// A new worker waits until a page says so: nobody loses a form to an update.
self.addEventListener("message", (event) => {
  if (event.data === TAKE_OVER) void self.skipWaiting();
});

self.addEventListener("sync", (event) => {
  const { tag } = event as SyncEvent;
  if (tag === SYNC_TAG) (event as SyncEvent).waitUntil(finishOutbox());
});

/** Sends what waits. Rejects when something is left, so that the browser calls again. */
async function finishOutbox(): Promise<void> {
  const store = new OutboxStore();
  const channel = new BroadcastChannel(CHANNEL);
  const announce = (id: string) => {
    const changed: Changed = { type: "changed", id };
    channel.postMessage(changed);
  };
  const sleep = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));
  let isEmpty = false;
  try {
    const world = browserWorld(store, announce);
    const wasOurTurn = await browserLock(store)(true, async () => {
      isEmpty = await drain(world, sleep);
    });
    // Without Web Locks a page may hold the lease: it is awake, so it sends.
    isEmpty ||= !wasOurTurn;
  } finally {
    channel.close();
    await store.close();
  }
  if (!isEmpty) throw new Error("the outbox is not empty yet");
}
