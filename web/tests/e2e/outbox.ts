/** The outbox of a page, written and read from outside: for states that take a day to come about. */

import type { Page } from "playwright-core";

/** An entry as far as a test cares. */
export interface SomeEntry {
  id: string;
  status: string;
  title: string;
  changed?: Record<string, unknown>;
  result?: Record<string, unknown>;
}

const HOUR_MS = 3_600_000;

/** One entry of every kind that the inspector shows. */
export function variety(now: number): SomeEntry[] {
  const line = (event: string, detail?: string, ago = 0) => ({ at: now - ago, event, detail });
  return [
    {
      id: "019e1f00-0000-7000-8000-000000000001",
      status: "queued",
      title: "Deep cleaning",
      changed: {
        attempts: 2,
        wait: "server",
        unsure: true,
        lastCode: "storage-unavailable",
        nextAttemptAt: now + 9 * HOUR_MS,
        log: [
          line("saved", undefined, 65_000),
          line("sending", undefined, 64_000),
          line("no-network", "800", 63_000),
          line("online", undefined, 40_000),
          line("sending", undefined, 39_000),
          line("answered", "storage-unavailable", 38_000),
          line("waiting", "38000", 38_000),
        ],
      },
    },
    {
      id: "019e1f00-0000-7000-8000-000000000002",
      status: "conflict",
      title: "Window cleaning",
      changed: { attempts: 1, lastCode: "slot-taken" },
    },
    {
      id: "019e1f00-0000-7000-8000-000000000003",
      status: "auth",
      title: "Garden care",
      changed: { lastCode: "session-expired" },
    },
    {
      id: "019e1f00-0000-7000-8000-000000000004",
      status: "done",
      title: "Boiler check",
      changed: { attempts: 1, settledAt: now - HOUR_MS },
      result: { httpStatus: 201, body: { reference: "DB-7K3M-Q2" }, needsYou: false },
    },
    {
      id: "019e1f00-0000-7000-8000-000000000005",
      status: "expired",
      title: "Lawn mowing",
      changed: { settledAt: now - HOUR_MS },
    },
    {
      id: "019e1f00-0000-7000-8000-000000000006",
      status: "rejected",
      title: "Deep cleaning",
      changed: { attempts: 1, lastCode: "validation-failed", settledAt: now - HOUR_MS },
    },
  ];
}

/** Puts entries into the page's outbox, sealed as the product seals them. */
export async function fillOutbox(page: Page, entries = variety(Date.now())): Promise<void> {
  await page.evaluate(async (given) => {
    const opened = indexedDB.open("daybook-outbox");
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      opened.onsuccess = () => resolve(opened.result);
      opened.onerror = () => reject(new Error("no outbox"));
    });
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error("the outbox refuses"));
      });
    const meta = () => database.transaction("meta", "readwrite").objectStore("meta");
    let key = (await done(meta().get("key"))) as CryptoKey | undefined;
    if (key === undefined) {
      const usages: KeyUsage[] = ["encrypt", "decrypt"];
      key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, usages);
      await done(meta().put(key, "key"));
    }
    const now = Date.now();
    for (const { id, status, title, changed, result } of given) {
      const about = {
        title,
        startsAt: "2026-12-03T10:00:00+01:00",
        timeZone: "Europe/Berlin",
      };
      const url = "/api/portal/service-requests";
      const request = { url, method: "POST", headers: {}, body: { serviceId: "s" }, about };
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const text = new TextEncoder().encode(JSON.stringify({ request, result: result ?? null }));
      const additionalData = new TextEncoder().encode(id);
      const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, text);
      const row = {
        id,
        account: "guest",
        kind: "booking",
        createdAt: now - 70_000,
        expiresAt: now + 80_000_000,
        attempts: 0,
        misses: 0,
        nextAttemptAt: now,
        wait: "server",
        status,
        unsure: false,
        lastCode: null,
        log: [{ at: now - 70_000, event: "saved" }],
        settledAt: null,
        ...changed,
        sealed: { iv, data },
      };
      const entriesStore = database.transaction("entries", "readwrite").objectStore("entries");
      await done(entriesStore.put(row));
    }
    database.close();
  }, entries);
}

/** The scheduling of every entry in the page's outbox. */
export function readOutbox(page: Page) {
  return page.evaluate(
    () =>
      new Promise<{ id: string; status: string; attempts: number; log: { event: string }[] }[]>(
        (resolve, reject) => {
          const opened = indexedDB.open("daybook-outbox");
          // Signing out has the browser delete it: then there is nothing, and nothing is made.
          opened.onupgradeneeded = () => opened.transaction?.abort();
          opened.onerror = (event) => {
            event.preventDefault();
            if (opened.error?.name === "AbortError") resolve([]);
            else reject(new Error("no outbox"));
          };
          opened.onsuccess = () => {
            const database = opened.result;
            const all = database.transaction("entries").objectStore("entries").getAll();
            all.onsuccess = () => {
              database.close();
              resolve(all.result);
            };
          };
        },
      ),
  );
}

/** Lets the time of every entry run out, as it does within a day. */
export async function ageEntries(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opened = indexedDB.open("daybook-outbox");
        opened.onerror = () => reject(new Error("no outbox"));
        opened.onsuccess = () => {
          const database = opened.result;
          const transaction = database.transaction("entries", "readwrite");
          const store = transaction.objectStore("entries");
          const all = store.getAll();
          all.onsuccess = () => {
            const expiresAt = Date.now() - 1;
            all.result.forEach((row: object) => store.put({ ...row, expiresAt }));
          };
          transaction.oncomplete = () => {
            database.close();
            resolve();
          };
        };
      }),
  );
}

/** Makes every write to the page's outbox fail for want of room, or no longer. */
export async function fillStorage(page: Page, isFull: boolean): Promise<void> {
  await page.evaluate((wanted) => {
    const own = window as unknown as { freeStorage?: () => void };
    own.freeStorage?.();
    delete own.freeStorage;
    if (!wanted) return;
    const { prototype } = IDBObjectStore;
    const { add, put } = prototype;
    const refuse = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
    prototype.add = refuse;
    prototype.put = refuse;
    own.freeStorage = () => Object.assign(prototype, { add, put });
  }, isFull);
}
