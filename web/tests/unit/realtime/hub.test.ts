import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Subscribed, Updated } from "../../../src/realtime/wire";
import { Browser } from "./rig";

const DAY = "availability:t1:2026-11-24";
const OTHER = "availability:t1:2026-11-25";

function snapshot(topic: string, seq: number, used: number): Subscribed {
  return { type: "subscribed", topic, epoch: "e", seq, how: "snapshot", data: { used } };
}

function update(topic: string, seq: number, used: number): Updated {
  return {
    type: "availability-updated",
    topic,
    epoch: "e",
    seq,
    at: "2026-11-22T20:00:00Z",
    data: { used },
  };
}

const nothing = () => undefined;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("one tab", () => {
  it("opens a stream for what it looks at, and lets go of it some time after", () => {
    const { links, ...browser } = withTab("a");
    expect(links.all).toEqual([]);

    const stop = browser.tab.look(DAY, null, nothing);
    expect(links.last.wanted).toEqual([{ topic: DAY, token: null, position: null }]);

    stop();
    vi.advanceTimersByTime(1_000);
    expect(links.open).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(links.open).toHaveLength(0);
    expect(browser.tab.snapshot().state).toBe("idle");
  });

  it("shows what comes, and comes back with the position that it has", () => {
    const { links, tab } = withTab("a");
    const seen = vi.fn();
    tab.look(DAY, null, seen);
    links.last.greet();
    links.last.say(snapshot(DAY, 4, 1));
    links.last.say(update(DAY, 5, 2));

    expect(tab.topic(DAY).held).toMatchObject({ seq: 5, data: { used: 2 } });
    expect(seen).toHaveBeenCalledTimes(2);

    links.last.end({ type: "closed", code: 4201, windowMs: null });
    expect(tab.snapshot()).toMatchObject({ state: "waiting", lastCode: 4201 });
    vi.advanceTimersByTime(1_000);
    expect(links.all).toHaveLength(2);
    expect(links.last.wanted[0]?.position).toEqual({ epoch: "e", seq: 5 });
  });

  it("asks a log to begin anew when something is missing", () => {
    const { links, tab } = withTab("a");
    tab.look("request:r1", null, nothing);
    links.last.greet();
    links.last.say({ ...snapshot("request:r1", 3, 0), data: { rev: 3 } });
    links.last.say({ ...update("request:r1", 6, 0), type: "request-updated", prev: 5 });

    expect(links.last.resyncs).toEqual(["request:r1"]);
  });

  it("does not ask again for what it may not see", () => {
    const { links, tab } = withTab("a");
    tab.look(DAY, null, nothing);
    tab.look("team:t9", null, nothing);
    links.last.greet();
    links.last.say({ type: "error", topic: "team:t9", code: 4303, temporary: false });

    expect(tab.topic("team:t9").refusal).toBe(4303);
    expect(links.last.wanted.map(({ topic }) => topic)).toEqual([DAY]);
  });

  it("counts silence beyond the heartbeat as the end", () => {
    const { links, tab } = withTab("a");
    tab.look(DAY, null, nothing);
    links.last.greet();

    vi.advanceTimersByTime(32_000);
    expect(tab.snapshot().state).toBe("open");
    links.last.handlers.onAlive();
    vi.advanceTimersByTime(32_000);
    expect(tab.snapshot().state).toBe("open");
    expect(links.all).toHaveLength(1);
    vi.advanceTimersByTime(2_000);
    expect(tab.snapshot()).toMatchObject({ lastCode: 4201, reconnects: 1 });
    expect(links.all).toHaveLength(2);
  });

  it("stays away when told to, until it is somebody else", () => {
    const { links, tab, browser } = withTab("a");
    tab.setIdentity("ana", false);
    tab.look(DAY, null, nothing);
    links.last.greet();
    links.last.end({ type: "closed", code: 4009, windowMs: null });
    vi.advanceTimersByTime(120_000);
    expect(tab.snapshot().state).toBe("stopped");
    expect(links.all).toHaveLength(1);

    tab.setIdentity("guest", false);
    expect(links.all).toHaveLength(2);
    expect(browser.forgotten).toBe(1);
  });

  it("takes the next way of listening after two that did not come through", () => {
    const { links, tab, browser } = withTab("a");
    tab.look(DAY, null, nothing);
    links.last.end({ type: "unsuitable" });
    vi.advanceTimersByTime(1_000);
    expect(links.last.name).toBe("sse");
    links.last.end({ type: "unsuitable" });
    vi.advanceTimersByTime(2_000);

    expect(links.last.name).toBe("poll");
    expect(browser.remembered).toBe("poll");
  });

  it("takes a socket once two bookings are followed by their links, which a stream cannot carry", () => {
    const { links, tab } = withTab("a");
    tab.look("request:r1", "link-1", nothing);
    expect(links.last.name).toBe("sse");
    links.last.greet();

    tab.look("request:r2", "link-2", nothing);

    expect(links.open.map(({ name }) => name)).toEqual(["websocket"]);
    expect(links.last.wanted.map(({ token }) => token)).toEqual(["link-1", "link-2"]);
  });

  it("does not give up a way of listening because the server is away", () => {
    const { links, tab } = withTab("a");
    tab.look(DAY, null, nothing);
    for (let index = 0; index < 6; index += 1) {
      links.last.end({ type: "unreachable" });
      vi.advanceTimersByTime(20_000);
    }

    expect(links.last.name).toBe("sse");
    expect(links.all).toHaveLength(7);
  });

  it("comes back at once when the network does", () => {
    const { links, tab } = withTab("a");
    tab.look(DAY, null, nothing);
    for (let index = 0; index < 6; index += 1) {
      links.last.end({ type: "unreachable" });
      vi.advanceTimersByTime(20_000);
    }
    links.last.end({ type: "unreachable" });

    tab.nudge();

    expect(links.all).toHaveLength(8);
    expect(tab.snapshot().nextAttemptAt).toBeNull();
  });
});

describe("eight tabs", () => {
  it("share one connection, and all see what comes", () => {
    const browser = new Browser();
    const tabs = Array.from({ length: 8 }, (_, index) => browser.tab(`tab-${index}`));
    tabs.forEach((tab) => tab.start());
    tabs.forEach((tab) => tab.look(DAY, null, nothing));
    browser.links.last.greet();
    browser.links.last.say(snapshot(DAY, 4, 1));
    browser.links.last.say(update(DAY, 5, 2));

    expect(browser.links.open).toHaveLength(1);
    tabs.forEach((tab) => {
      expect(tab.topic(DAY).held).toMatchObject({ seq: 5, data: { used: 2 } });
      expect(tab.snapshot().state).toBe("open");
    });
    expect(tabs.map((tab) => tab.snapshot().role)).toEqual([
      "leader",
      ...Array.from({ length: 7 }, () => "follower"),
    ]);
  });

  it("go on with another leader, from where they were, when the first one dies", () => {
    const browser = new Browser();
    const [a, b] = [browser.tab("a"), browser.tab("b")];
    a.start();
    b.start();
    a.look(DAY, null, nothing);
    b.look(OTHER, null, nothing);
    browser.links.last.greet();
    browser.links.last.say(snapshot(DAY, 4, 1));
    browser.links.last.say(snapshot(OTHER, 9, 3));

    browser.kill("a");

    expect(b.snapshot().role).toBe("leader");
    expect(browser.links.last.wanted).toEqual([
      { topic: OTHER, token: null, position: { epoch: "e", seq: 9 } },
    ]);
  });

  it("stop listening to what only a dead tab looked at", () => {
    const browser = new Browser();
    const [a, b] = [browser.tab("a"), browser.tab("b")];
    a.start();
    b.start();
    a.look(DAY, null, nothing);
    b.look(OTHER, null, nothing);
    expect(browser.links.last.wanted).toHaveLength(2);

    browser.kill("b");

    expect(browser.links.last.wanted.map(({ topic }) => topic)).toEqual([DAY]);
  });

  it("give one that comes later what is known, without asking the server again", () => {
    const browser = new Browser();
    const a = browser.tab("a");
    a.start();
    a.look(DAY, null, nothing);
    browser.links.last.greet();
    browser.links.last.say(snapshot(DAY, 4, 1));
    const { updates } = browser.links.last;

    const b = browser.tab("b");
    b.start();
    b.look(DAY, null, nothing);

    expect(b.topic(DAY).held).toMatchObject({ seq: 4, data: { used: 1 } });
    expect(browser.links.last.updates).toBe(updates);
  });

  it("follow what people see first when there are more topics than one connection takes", () => {
    const browser = new Browser();
    const [a, b] = [browser.tab("a", false), browser.tab("b", true)];
    a.start();
    a.look(DAY, null, nothing);
    browser.links.last.greet(1);
    b.start();
    b.look(OTHER, null, nothing);

    expect(browser.links.last.wanted.map(({ topic }) => topic)).toEqual([OTHER]);
  });

  it("forget what was told to somebody else when one of them signs in", () => {
    const browser = new Browser();
    const [a, b] = [browser.tab("a"), browser.tab("b")];
    a.start();
    b.start();
    a.setIdentity("guest", false);
    b.setIdentity("guest", false);
    a.look(DAY, null, nothing);
    browser.links.last.greet();
    browser.links.last.say(snapshot(DAY, 4, 1));

    b.setIdentity("ana", false);

    expect(a.topic(DAY).held).toBeNull();
    expect(browser.links.all).toHaveLength(2);
    expect(browser.links.last.wanted[0]?.position).toBeNull();
  });
});

function withTab(name: string) {
  const browser = new Browser();
  const tab = browser.tab(name);
  tab.start();
  return { browser, tab, links: browser.links };
}
