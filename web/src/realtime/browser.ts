/** The tab's live updates with everything that a browser gives. */

import { LEADER_LOCK, RealtimeHub } from "./hub";
import { openPoll } from "./poll";
import { forgetResumeToken, openSocket } from "./socket";
import { openSse } from "./sse";
import type { Siblings, TabMessage } from "./tabs";
import type { TransportName } from "./transport";

const CHANNEL = "daybook-realtime";
const TAB_LOCK = "rt-tab-";
const MEMORY = "daybook.transport";
const NAMES: readonly TransportName[] = ["websocket", "sse", "poll"];

let instance: RealtimeHub | null = null;

/** This tab's live updates. */
export function realtime(): RealtimeHub {
  instance ??= build();
  return instance;
}

function build(): RealtimeHub {
  const tab = crypto.randomUUID();
  return new RealtimeHub({
    tab,
    siblings: siblings(tab),
    transports: { websocket: openSocket, sse: openSse, poll: openPoll },
    ladderFor: (isStaff) => (isStaff ? ["websocket", "sse", "poll"] : ["sse", "poll"]),
    memory: { read: readMemory, write: writeMemory },
    forget: forgetResumeToken,
    isVisible: () => document.visibilityState === "visible",
    now: () => Date.now(),
    random: Math.random,
  });
}

/** Tabs know of each other by locks and a channel; without locks each is alone. */
function siblings(tab: string): Siblings | null {
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined || typeof BroadcastChannel === "undefined") return null;
  const channel = new BroadcastChannel(CHANNEL);
  // Held until this tab is gone: that is how the leader learns of it.
  void locks.request(TAB_LOCK + tab, () => new Promise(() => undefined));
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      const heard = (event: MessageEvent<TabMessage>) => listener(event.data);
      channel.addEventListener("message", heard);
      return () => channel.removeEventListener("message", heard);
    },
    elect: async (lead, signal) => {
      await locks.request(LEADER_LOCK, { signal }, lead);
    },
    watch: (other, then, signal) => {
      locks.request(TAB_LOCK + other, { signal }, then).catch(() => undefined);
    },
  };
}

function readMemory(): TransportName | null {
  try {
    const stored = sessionStorage.getItem(MEMORY);
    return NAMES.find((name) => name === stored) ?? null;
  } catch {
    return null;
  }
}

function writeMemory(name: TransportName): void {
  try {
    sessionStorage.setItem(MEMORY, name);
  } catch {
    // Without storage the better way is tried again with the next page.
  }
}

/** Begins to take part in live updates. Returns how to stop. */
export function startRealtime(): () => void {
  const hub = realtime();
  let stop = hub.start();
  const nudge = () => hub.nudge();
  const shown = () => {
    if (document.visibilityState === "visible") hub.nudge();
  };
  // A page that is kept for the back button must not keep the stream.
  const hide = () => stop();
  const show = (event: PageTransitionEvent) => {
    if (event.persisted) stop = hub.start();
  };
  window.addEventListener("online", nudge);
  document.addEventListener("visibilitychange", shown);
  window.addEventListener("pagehide", hide);
  window.addEventListener("pageshow", show);
  return () => {
    window.removeEventListener("online", nudge);
    document.removeEventListener("visibilitychange", shown);
    window.removeEventListener("pagehide", hide);
    window.removeEventListener("pageshow", show);
    stop();
  };
}

/** Who is signed in now. What was told to somebody else is forgotten. */
export function setRealtimeIdentity(userId: string | null, isStaff: boolean): void {
  realtime().setIdentity(userId ?? "guest", isStaff);
}
