/** What tells the outbox that a try may succeed, and the one outbox that a page has. */

import { newKey } from "../api/keys";
import { Outbox } from "./outbox";
import { OutboxStore } from "./store";
import { CHANNEL, SYNC_TAG, browserLock, browserWorld, type Changed } from "./world";

/** Where Background Sync exists, `sync` is on the registration; the standard's types lack it. */
interface WithSync {
  sync?: { register: (tag: string) => Promise<void> };
}

let instance: Outbox | null = null;

/** This page's outbox. */
export function outbox(): Outbox {
  instance ??= build();
  return instance;
}

function build(): Outbox {
  const store = new OutboxStore();
  const channel = new BroadcastChannel(CHANNEL);
  const post = (message: Changed) => channel.postMessage(message);
  const made = new Outbox({
    store,
    world: browserWorld(store, (id) => {
      post({ type: "changed", id });
      void made.refresh();
    }),
    exclusive: browserLock(store),
    newId: newKey,
    askForPersistence: () => void navigator.storage?.persist?.(),
    requestSync: () => void requestSync(),
    post,
  });
  channel.onmessage = () => void made.heard();
  return made;
}

/** Begins to listen. Returns how to stop. */
export function startOutbox(): () => void {
  const own = outbox();
  const online = () => void own.cameOnline();
  const shown = () => {
    if (document.visibilityState === "visible") {
      own.kick();
    }
  };
  window.addEventListener("online", online);
  document.addEventListener("visibilitychange", shown);
  void own.start();
  return () => {
    window.removeEventListener("online", online);
    document.removeEventListener("visibilitychange", shown);
    own.stop();
  };
}

async function requestSync(): Promise<void> {
  if (navigator.serviceWorker?.controller == null) {
    return;
  }
  const registration = (await navigator.serviceWorker.ready) as ServiceWorkerRegistration &
    WithSync;
  // Refused where the person has switched it off: pages then send while they are open.
  await registration.sync?.register(SYNC_TAG).catch(() => undefined);
}
