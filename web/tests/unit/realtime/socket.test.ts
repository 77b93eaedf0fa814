import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openSocket } from "../../../src/realtime/socket";
import type { Wanted } from "../../../src/realtime/transport";

interface Said {
  type: string;
  topics?: { topic: string }[];
}

/** A socket that the test answers for the server. */
class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket | undefined;
  readyState = 1;
  said: Said[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;

  constructor() {
    FakeSocket.last = this;
  }

  send(text: string): void {
    this.said.push(JSON.parse(text) as Said);
  }

  close(): void {
    this.readyState = 3;
  }

  hear(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  get subscribed(): string[][] {
    return this.said
      .filter(({ type }) => type === "subscribe")
      .map(({ topics }) => (topics ?? []).map(({ topic }) => topic));
  }
}

const HELLO = { type: "hello", connectionId: "s_1", heartbeatMs: 25_000, topicsMax: 64 };
const topic = (day: number): Wanted => ({
  topic: `availability:t1:2026-11-${day}`,
  position: null,
  token: null,
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ ticket: "t" })));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(wanted: Wanted[]) {
  const link = openSocket({
    wanted: () => wanted,
    onMessage: () => undefined,
    onAlive: () => undefined,
    onId: () => undefined,
    onEnd: () => undefined,
  });
  await vi.advanceTimersByTimeAsync(0);
  const socket = FakeSocket.last;
  if (socket === undefined) throw new Error("no socket was opened");
  socket.onopen?.();
  socket.hear({ ...HELLO, resumeToken: "r1.x" });
  return { link, socket };
}

describe("a socket", () => {
  it("says topics that are wanted one after the other in a few messages", async () => {
    const wanted: Wanted[] = [];
    const { link, socket } = await open(wanted);
    for (let day = 10; day < 30; day += 1) {
      wanted.push(topic(day));
      link.update();
    }
    vi.advanceTimersByTime(100);
    expect(socket.subscribed.map(({ length }) => length)).toEqual([16, 4]);
    link.close();
  });

  it("says again what the server was too busy to read, and nothing else", async () => {
    const { link, socket } = await open([topic(10), topic(11)]);
    vi.advanceTimersByTime(100);
    const [first, second] = [topic(10).topic, topic(11).topic];
    expect(socket.subscribed).toEqual([[first, second]]);
    socket.hear({
      type: "subscribed",
      topic: first,
      epoch: "e",
      seq: 1,
      how: "snapshot",
      data: {},
    });
    socket.hear({ type: "error", code: 4301, temporary: true });
    vi.advanceTimersByTime(5_000);
    expect(socket.subscribed).toEqual([[first, second], [second]]);
    link.close();
  });
});
