import { afterEach, describe, expect, it, vi } from "vitest";

import { newEntry } from "../../../src/offline/entry";
import { Outbox } from "../../../src/offline/outbox";
import { reportOf } from "../../../src/offline/report";
import { OutboxStore } from "../../../src/offline/store";
import type { Exclusive } from "../../../src/offline/lock";
import { NOW, Server, answer, draft, memoryLock } from "./rig";

let boxes: Outbox[] = [];
let count = 0;

/** One tab of a browser. Tabs of the same `name` share a store; what they say reaches the others. */
function tab(server: Server, name: string, exclusive: Exclusive) {
  const store = new OutboxStore(name);
  const asked = { persistence: 0, sync: 0 };
  const box: Outbox = new Outbox({
    store,
    world: server.world({ all: () => store.all(), update: (entry) => store.update(entry) }),
    exclusive,
    newId: () => `key-${(count += 1)}`,
    askForPersistence: () => (asked.persistence += 1),
    requestSync: () => (asked.sync += 1),
    post: () => boxes.filter((other) => other !== box).forEach((other) => void other.heard()),
  });
  boxes.push(box);
  return { box, store, asked };
}

async function settled(box: Outbox, id: string, status: string): Promise<void> {
  await vi.waitFor(() => {
    const entry = box.snapshot().entries.find((one) => one.id === id);
    expect(entry?.status).toBe(status);
  });
}

afterEach(() => {
  boxes.forEach((box) => box.stop());
  boxes = [];
});

describe("a submit", () => {
  it("is on the disk before it is sent, and asks for persistence once", async () => {
    const server = new Server();
    server.online = false;
    const { box, store, asked } = tab(server, "submit", memoryLock());
    await box.start();

    const first = await box.enqueue(draft());
    await box.enqueue(draft());

    expect((await store.get(first.id))?.status).toBe("queued");
    expect(server.tries).toEqual([]);
    expect(asked).toEqual({ persistence: 1, sync: 2 });

    server.online = true;
    await box.cameOnline();
    server.now += 1_000;
    await settled(box, first.id, "done");
    expect(server.bookings.size).toBe(2);
  });

  it("that is pressed twice is one entry", async () => {
    const server = new Server();
    const { box } = tab(server, "twice", memoryLock());
    await box.start();

    await Promise.all([box.enqueue(draft(), { id: "once" }), box.enqueue(draft(), { id: "once" })]);

    await settled(box, "once", "done");
    expect(server.bookings.size).toBe(1);
  });

  it.each([
    ["emergency", draft({ body: { bookingType: "emergency" } }), {}],
    ["payment", draft({ body: { paymentMethod: "card" } }), {}],
    ["payment", draft({ url: "/api/payments/checkout" }), {}],
    ["admin", draft({ url: "/api/admin/service-requests/1/cancel" }), {}],
    ["foreign", draft({ url: "https://elsewhere.example/api" }), {}],
    [
      "fee",
      draft({ kind: "cancel", url: "/api/portal/service-requests/1/cancel" }),
      { hasFee: true },
    ],
  ])("of kind %s is never queued", async (why, wanted, options) => {
    const { box, store } = tab(new Server(), `never-${(count += 1)}`, memoryLock());

    await expect(box.enqueue(wanted, options)).rejects.toMatchObject({
      reason: "not-queued",
      detail: why,
    });
    expect(await store.all()).toEqual([]);
  });
});

describe("several tabs", () => {
  it("send one entry once", async () => {
    const server = new Server();
    const lock = memoryLock();
    const one = tab(server, "tabs", lock);
    const two = tab(server, "tabs", lock);
    await Promise.all([one.box.start(), two.box.start()]);

    const entry = await one.box.enqueue(draft());
    two.box.kick();
    one.box.kick();

    await settled(one.box, entry.id, "done");
    await settled(two.box, entry.id, "done");
    expect(server.tries).toEqual([entry.id]);
  });

  it("finish what a tab left that was closed in the middle of a try", async () => {
    const server = new Server();
    const dead = tab(server, "dead", memoryLock());
    const entry = await dead.box.enqueue(draft());
    await dead.store.update({ ...entry, status: "sending" });

    const other = tab(server, "dead", memoryLock());
    await other.box.start();

    await settled(other.box, entry.id, "done");
    expect(server.tries).toEqual([entry.id]);
  });
});

describe("a tab that sees another one send", () => {
  it("takes over when that one is closed in the middle of a try", async () => {
    const server = new Server();
    const lock = memoryLock();
    const other = tab(server, "takeover", lock);
    await other.box.start();
    let close = () => {};
    void lock(true, () => new Promise<void>((resolve) => (close = resolve)));
    const entry = newEntry(draft(), { id: "left", account: "guest", now: NOW });
    await other.store.add({ ...entry, status: "sending" });

    await other.box.heard();
    await vi.waitFor(() => expect(other.box.snapshot().entries[0]?.status).toBe("sending"));
    expect(server.tries).toEqual([]);
    close();

    await settled(other.box, "left", "done");
    expect(server.tries).toEqual(["left"]);
    const log = other.box.snapshot().entries[0]?.log.map(({ event }) => event);
    expect(log).toContain("sender-lost");
  });
});

describe("accounts", () => {
  it("sees its own entries and guests', and only how many others there are", async () => {
    const server = new Server();
    server.online = false;
    const { box } = tab(server, "accounts", memoryLock());
    await box.enqueue(draft());
    await box.setAccount("ana");
    await box.enqueue(draft());

    await box.setAccount("ben");

    expect(box.snapshot()).toMatchObject({ foreignCount: 1, account: "ben" });
    expect(box.snapshot().entries.map(({ account }) => account)).toEqual(["guest"]);
  });

  it("sends what waited for signing in once the same account is back", async () => {
    const server = new Server();
    const { box } = tab(server, "again", memoryLock());
    await box.setAccount("ana");
    await box.start();
    const entry = await box.enqueue(draft());
    await settled(box, entry.id, "auth");

    server.who = { account: "ana" };
    await box.setAccount("ana");

    await settled(box, entry.id, "done");
    expect(server.tries).toEqual([entry.id]);
  });
});

describe("an entry in the inspector", () => {
  it("can be sent now, before its time", async () => {
    const server = new Server();
    server.script = [answer(503, { code: "draining", retry: "same-key" }, 200_000)];
    const { box } = tab(server, "now", memoryLock());
    await box.start();
    const entry = await box.enqueue(draft());
    await vi.waitFor(() => expect(box.snapshot().entries[0]?.attempts).toBe(1));

    await box.retryNow(entry.id);

    await settled(box, entry.id, "done");
    expect(server.tries).toEqual([entry.id, entry.id]);
  });

  it("can be discarded", async () => {
    const server = new Server();
    server.online = false;
    const { box } = tab(server, "discard", memoryLock());
    const entry = await box.enqueue(draft());

    await box.discard(entry.id);

    expect(box.snapshot().entries).toEqual([]);
  });

  it("is reported without anything about the person", async () => {
    const server = new Server();
    server.script = [answer(409, { code: "slot-taken", retry: "new-key", requestId: "r-1" })];
    const { box } = tab(server, "report", memoryLock());
    await box.start();
    const entry = await box.enqueue(draft());
    await settled(box, entry.id, "conflict");

    const report = reportOf(box.snapshot().entries[0] ?? entry, NOW, "build-1");

    expect(report).toContain(entry.id);
    expect(report).toContain("slot-taken");
    expect(report).toContain("r-1");
    expect(report).not.toMatch(/Ana|example\.org|cleaning/);
  });
});
