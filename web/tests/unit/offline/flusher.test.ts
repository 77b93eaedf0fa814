import { describe, expect, it } from "vitest";

import { newEntry, type Entry } from "../../../src/offline/entry";
import { DRAIN_MAX_MS, drain, flush } from "../../../src/offline/flusher";
import { NOW, Rows, Server, answer, draft } from "./rig";

function entry(id: string, changed: Partial<Entry> = {}): Entry {
  return { ...newEntry(draft(), { id, account: "guest", now: NOW }), ...changed };
}

const unavailable = (retryAfterMs: number) =>
  answer(503, { code: "storage-unavailable", retry: "same-key" }, retryAfterMs);

describe("a flush", () => {
  it("sends what is due, oldest first, each under its own key", async () => {
    const rows = new Rows(entry("a"), entry("b"), entry("c", { nextAttemptAt: NOW + 1_000 }));
    const server = new Server();

    const flushed = await flush(server.world(rows));

    expect(server.tries).toEqual(["a", "b"]);
    expect(rows.get("a")).toMatchObject({ status: "done", attempts: 1 });
    expect(flushed).toEqual({ settled: 2, nextAt: NOW + 1_000 });
    expect(new Set(server.announced)).toEqual(new Set(["a", "b"]));
  });

  it("is not held up by one entry that the server refuses or puts off", async () => {
    const rows = new Rows(entry("a"), entry("b"), entry("c"));
    const server = new Server();
    server.script = [unavailable(9_000), answer(409, { code: "slot-taken", retry: "new-key" })];

    const { nextAt } = await flush(server.world(rows));

    expect(rows.get("a")).toMatchObject({ status: "queued", wait: "server" });
    expect(rows.get("b").status).toBe("conflict");
    expect(rows.get("c").status).toBe("done");
    expect(nextAt).toBe(NOW + 9_000);
  });

  it("does nothing while the browser says it is offline", async () => {
    const rows = new Rows(entry("a"), entry("b", { status: "sending" }));
    const server = new Server();
    server.online = false;

    await flush(server.world(rows));

    expect(server.tries).toEqual([]);
    expect(server.probes).toBe(0);
    expect(rows.get("a")).toMatchObject({ status: "queued", wait: "network", attempts: 0 });
    const { log } = rows.get("a");
    await flush(server.world(rows));
    expect(rows.get("a").log).toEqual(log);
    expect(rows.get("b")).toMatchObject({ status: "queued", wait: "network", unsure: true });
  });

  it("stops at the first try that reaches nobody, and has the others wait as well", async () => {
    const rows = new Rows(entry("a"), entry("b"), entry("c"));
    const server = new Server();
    server.script = [{ type: "no-network" }];

    const { nextAt } = await flush(server.world(rows));

    expect(server.tries).toEqual(["a"]);
    for (const id of ["a", "b", "c"]) {
      expect(rows.get(id)).toMatchObject({ wait: "network", attempts: 0, status: "queued" });
    }
    expect(nextAt).toBeGreaterThan(NOW);
  });

  it("asks whether the server is there before it posts again behind a captive portal", async () => {
    const rows = new Rows(entry("a", { misses: 1, wait: "network" }));
    const server = new Server();
    server.script = [{ type: "not-ours" }];

    await flush(server.world(rows));
    expect(server.tries).toEqual([]);
    expect(server.probes).toBe(1);

    server.script = [];
    server.now += 60_000;
    await flush(server.world(rows));
    expect(rows.get("a").status).toBe("done");
  });

  it("sends again what a dead sender left, and finds the booking that it had made", async () => {
    const rows = new Rows(entry("a", { status: "sending" }));
    const server = new Server();
    server.bookings.set("a", rows.get("a"));

    await flush(server.world(rows));

    expect(rows.get("a")).toMatchObject({ status: "done", result: { wasReplayed: true } });
    expect(server.bookings.size).toBe(1);
  });

  it("makes one booking when an answer is lost on its way", async () => {
    const rows = new Rows(entry("a"));
    const server = new Server();
    server.script = ["lose-answer"];

    await flush(server.world(rows));
    expect(rows.get("a")).toMatchObject({ status: "queued", unsure: true });
    server.now += 60_000;
    await flush(server.world(rows));

    expect(server.tries).toEqual(["a", "a"]);
    expect(server.bookings.size).toBe(1);
    expect(rows.get("a")).toMatchObject({ status: "done", unsure: false });
  });
});

describe("an account's entries", () => {
  it("are sent under that account only", async () => {
    const rows = new Rows(entry("a", { account: "ana" }), entry("b", { account: "ben" }));
    const server = new Server();
    server.who = { account: "ben" };

    const { nextAt } = await flush(server.world(rows));

    expect(server.tries).toEqual(["b"]);
    expect(rows.get("a").status).toBe("queued");
    expect(nextAt).toBeNull();
  });

  it("ask for signing in when the session is over, and a guest's are sent all the same", async () => {
    const rows = new Rows(entry("a", { account: "ana" }), entry("b"));
    const server = new Server();

    await flush(server.world(rows));

    expect(rows.get("a")).toMatchObject({ status: "auth", lastCode: "unauthenticated" });
    expect(server.tries).toEqual(["b"]);
  });

  it("wait for the network when nobody says who is signed in", async () => {
    const rows = new Rows(entry("a", { account: "ana" }));
    const server = new Server();
    server.who = null;

    await flush(server.world(rows));

    expect(server.tries).toEqual([]);
    expect(rows.get("a")).toMatchObject({ status: "queued", wait: "network" });
  });
});

describe("draining", () => {
  it("sleeps through short waits and comes to the end", async () => {
    const rows = new Rows(entry("a"), entry("b"));
    const server = new Server();
    server.script = [unavailable(1_000), unavailable(1_000), unavailable(3_000)];
    const slept: number[] = [];

    const isEmpty = await drain(server.world(rows), (delayMs) => {
      slept.push(delayMs);
      server.now += delayMs;
      return Promise.resolve();
    });

    expect(isEmpty).toBe(true);
    expect(server.bookings.size).toBe(2);
    expect(Math.max(...slept)).toBeLessThan(DRAIN_MAX_MS);
  });

  it("gives the browser another chance when the next try is far away", async () => {
    const rows = new Rows(entry("a"));
    const server = new Server();
    server.script = [unavailable(DRAIN_MAX_MS + 1_000)];

    const isEmpty = await drain(server.world(rows), () => Promise.reject(new Error("no sleep")));

    expect(isEmpty).toBe(false);
    expect(rows.get("a").status).toBe("queued");
  });
});
