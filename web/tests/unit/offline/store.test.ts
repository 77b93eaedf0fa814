import { openDB } from "idb";
import { afterEach, describe, expect, it, vi } from "vitest";

import { newEntry, type Entry } from "../../../src/offline/entry";
import { LEASE_MS, byLease } from "../../../src/offline/lock";
import { ENTRIES_MAX, OutboxStore } from "../../../src/offline/store";
import { NOW, draft } from "./rig";

let opened: OutboxStore[] = [];
let count = 0;

function store(name = `outbox-${(count += 1)}`): OutboxStore {
  const made = new OutboxStore(name);
  opened.push(made);
  return made;
}

function entry(id: string, changed: Partial<Entry> = {}): Entry {
  return { ...newEntry(draft(), { id, account: "guest", now: NOW }), ...changed };
}

afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()));
  opened = [];
  vi.useRealTimers();
});

describe("the store", () => {
  it("gives back what it was given, to another tab as well", async () => {
    const one = store("shared");
    const first = entry("a", { createdAt: NOW - 5 });
    await one.add(entry("b"));
    await one.add(first);

    const other = store("shared");

    expect(await other.all()).toEqual([first, entry("b")]);
    expect(await other.get("a")).toEqual(first);
    expect(await other.get("x")).toBeNull();
  });

  it("holds nothing about a person in the clear, under a key that cannot leave", async () => {
    await store("sealed").add(entry("a"));

    const raw = await openDB("sealed");
    const row: unknown = await raw.get("entries", "a");
    const key = (await raw.get("meta", "key")) as CryptoKey;
    raw.close();

    const sealed = (row as { sealed: { data: ArrayBuffer } }).sealed;
    const bytes = new TextDecoder("latin1").decode(sealed.data);
    expect(JSON.stringify(row) + bytes).not.toMatch(/Ana|example\.org|cleaning|service-requests/);
    expect(key.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow();
  });

  it("does not open what was sealed for another entry", async () => {
    const one = store("moved");
    await one.add(entry("a"));
    await one.add(entry("b"));
    const raw = await openDB("moved");
    const a = (await raw.get("entries", "a")) as object;
    const b = (await raw.get("entries", "b")) as { sealed: unknown };
    await raw.put("entries", { ...a, sealed: b.sealed });
    raw.close();

    expect((await one.get("a"))?.request).toBeNull();
    expect((await one.get("b"))?.request).not.toBeNull();
  });

  it("forgets everything when wiped, and works again after", async () => {
    const one = store();
    await one.setAccount("ana");
    await one.add(entry("a"));

    await one.wipe();

    expect(await one.all()).toEqual([]);
    expect(await one.account()).toBe("guest");
    await one.add(entry("b"));
    expect((await one.get("b"))?.request).not.toBeNull();
  });

  it("does not bring back an entry that was discarded while it changed", async () => {
    const one = store();
    await one.add(entry("a"));
    await one.remove("a");

    await one.update(entry("a", { status: "done" }));

    expect(await one.all()).toEqual([]);
  });

  it("keeps an entry that is under way", async () => {
    const one = store();
    await one.add(entry("a", { status: "sending" }));

    await expect(one.remove("a")).rejects.toMatchObject({ reason: "already-sent" });
  });

  it("reschedules without touching what is sealed", async () => {
    const one = store();
    await one.add(entry("a"));
    await one.add(entry("b"));

    const changed = await one.reschedule((row) =>
      row.id === "a" ? { ...row, nextAttemptAt: 7 } : row,
    );

    expect(changed).toEqual(["a"]);
    expect(await one.get("a")).toEqual(entry("a", { nextAttemptAt: 7 }));
  });
});

describe("adding", () => {
  it("in place of an older entry removes that one in the same step", async () => {
    const one = store();
    await one.add(entry("a", { status: "conflict" }));

    await one.add(entry("b"), "a");

    expect((await one.all()).map(({ id }) => id)).toEqual(["b"]);
  });

  it.each([
    ["is under way", { status: "sending" as const }],
    ["is done", { status: "done" as const }],
    ["may have been carried out", { unsure: true }],
  ])("in place of one that %s is refused", async (_name, changed) => {
    const one = store();
    await one.add(entry("a", changed));

    await expect(one.add(entry("b"), "a")).rejects.toMatchObject({ reason: "already-sent" });
    expect((await one.all()).map(({ id }) => id)).toEqual(["a"]);
  });

  it("beyond the limit is refused", async () => {
    const one = store();
    for (let index = 0; index < ENTRIES_MAX; index += 1) await one.add(entry(`e-${index}`));

    await expect(one.add(entry("more"))).rejects.toMatchObject({ reason: "too-many" });
  });

  it("says when the disk is full", async () => {
    const one = store();
    await one.all();
    vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });

    await expect(one.add(entry("a"))).rejects.toMatchObject({ reason: "storage-full" });
    vi.restoreAllMocks();
  });
});

describe("the lease", () => {
  it("is one tab's at a time, and passes on when its holder is gone", async () => {
    const rows = store("leased");
    let now = NOW;
    const clock = () => now;
    const one = byLease(rows, "one", clock);
    const two = byLease(rows, "two", clock);
    const ran: string[] = [];

    await one(true, async () => {
      ran.push("one");
      expect(await two(true, () => Promise.reject(new Error("both")))).toBe(false);
    });
    await two(false, () => {
      ran.push("two");
      return Promise.resolve();
    });
    // A tab that dies holding it.
    await rows.takeLease({ owner: "dead", until: now + LEASE_MS }, now);
    expect(await one(false, () => Promise.resolve())).toBe(false);
    now += LEASE_MS;
    expect(await one(false, () => Promise.resolve())).toBe(true);
    expect(ran).toEqual(["one", "two"]);
  });
});
