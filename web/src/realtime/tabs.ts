/** What tabs of one browser say to each other about the stream that they share. */

import type { ConnectionStatus } from "./connection";
import type { Held } from "./rules";
import type { Message } from "./wire";

/** A topic that a tab looks at. */
export interface Want {
  topic: string;
  token: string | null;
  /** What the tab holds of it: a new leader goes on from there. */
  held: Held | null;
}

export type TabMessage =
  /** From a tab: all that it looks at. */
  | { to: "leader"; type: "want"; tab: string; wants: Want[]; isVisible: boolean }
  | { to: "leader"; type: "gone"; tab: string }
  | { to: "leader"; type: "reconnect" }
  | { to: "leader"; type: "nudge" }
  /** From the leader. */
  | { to: "all"; type: "who" }
  | { to: "all"; type: "message"; message: Message }
  | { to: "all"; type: "status"; status: ConnectionStatus }
  | { to: "all"; type: "held"; held: Held[] }
  | { to: "all"; type: "identity"; identity: string };

/** The ways tabs know of each other; missing where the browser has none. */
export interface Siblings {
  post: (message: TabMessage) => void;
  listen: (listener: (message: TabMessage) => void) => () => void;
  /** Runs `lead` once this tab leads, until the promise it gives is settled. */
  elect: (lead: () => Promise<void>, signal: AbortSignal) => Promise<void>;
  /** Calls `then` when another tab is gone. */
  watch: (tab: string, then: () => void, signal: AbortSignal) => void;
}

/** What each tab looks at, as the leader knows it. */
export class Wants {
  readonly #tabs = new Map<string, { wants: Want[]; isVisible: boolean; order: number }>();
  #order = 0;

  set(tab: string, wants: Want[], isVisible: boolean): void {
    this.#order += 1;
    this.#tabs.set(tab, { wants, isVisible, order: this.#order });
  }

  /** Answers whether the tab was known. */
  remove(tab: string): boolean {
    return this.#tabs.delete(tab);
  }

  has(tab: string): boolean {
    return this.#tabs.has(tab);
  }

  clear(): void {
    this.#tabs.clear();
  }

  /**
   * The topics of all tabs, each once, at most `max`: those of tabs that somebody sees first, then
   * those of the tab that spoke last.
   */
  union(max: number): Want[] {
    const tabs = [...this.#tabs.values()].sort(
      (a, b) => Number(b.isVisible) - Number(a.isVisible) || b.order - a.order,
    );
    const chosen = new Map<string, Want>();
    for (const want of tabs.flatMap((tab) => tab.wants)) {
      const known = chosen.get(want.topic);
      if (known === undefined && chosen.size < max) chosen.set(want.topic, want);
      if (known !== undefined && known.token === null && want.token !== null) {
        chosen.set(want.topic, { ...known, token: want.token });
      }
    }
    return [...chosen.values()];
  }
}
