/**
 * The outbox in IndexedDB. Pages and the worker share it; whoever changes entries beyond adding one
 * holds the outbox lock. What is personal is sealed, what the flusher schedules by is plain.
 */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { type NotKept, ProblemError, localProblem } from "../api/problem";
import { GUEST, type Entry, type Request, type Result } from "./entry";
import { newSealKey, open, seal, type Sealed } from "./seal";

/** Most entries that one browser keeps; beyond it something is wrong that queueing does not mend. */
export const ENTRIES_MAX = 100;

const DATABASE = "daybook-outbox";
const VERSION = 1;

/** An entry as it is stored. */
type Row = Omit<Entry, "request" | "result"> & { sealed: Sealed | null };

/** The right to flush where the browser has no Web Locks. */
export interface Lease {
  owner: string;
  until: number;
}

interface Schema extends DBSchema {
  entries: { key: string; value: Row };
  meta: { key: string; value: unknown };
}

/** Something could not be kept. Nothing was sent either. */
export class OutboxError extends ProblemError {
  readonly reason: NotKept;
  readonly detail: string | undefined;

  constructor(reason: NotKept, detail?: string) {
    super(localProblem(reason));
    this.name = "OutboxError";
    this.message = detail === undefined ? reason : `${reason}: ${detail}`;
    this.reason = reason;
    this.detail = detail;
  }
}

/** What was sealed of an entry. */
interface Secret {
  request: Request | null;
  result: Result | null;
}

/** The store of one origin. */
export class OutboxStore {
  #database: Promise<IDBPDatabase<Schema>> | null = null;
  #key: Promise<CryptoKey> | null = null;

  readonly #name: string;

  constructor(name: string = DATABASE) {
    this.#name = name;
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(this.#name, VERSION, {
      upgrade(database) {
        database.createObjectStore("entries", { keyPath: "id" });
        database.createObjectStore("meta");
      },
      // Another tab runs a newer version, or wipes: let it.
      blocking: (_current, _blocked, event) => {
        (event.target as IDBDatabase).close();
        this.#forget();
      },
      terminated: () => this.#forget(),
    });
    return this.#database;
  }

  #forget(): void {
    this.#database = null;
    this.#key = null;
  }

  /** Every entry, oldest first. One whose seal is broken comes without its request. */
  async all(): Promise<Entry[]> {
    const database = await this.#open();
    const rows = await database.getAll("entries");
    if (rows.length === 0) {
      return [];
    }
    const key = await this.#sealKey();
    const entries = await Promise.all(rows.map((row) => unsealed(key, row)));
    return entries.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  /** One entry. */
  async get(id: string): Promise<Entry | null> {
    const database = await this.#open();
    const row = await database.get("entries", id);
    return row === undefined ? null : unsealed(await this.#sealKey(), row);
  }

  /**
   * Adds an entry, unless there is one with its key; with `replaces`, instead of an older one, unless that one may have been sent.
   *
   * @throws OutboxError when there is no room, or the older one has gone its way
   */
  async add(entry: Entry, replaces?: string): Promise<void> {
    await translated(async () => {
      const row = await this.#sealed(entry);
      const database = await this.#open();
      const transaction = database.transaction("entries", "readwrite");
      if ((await transaction.store.getKey(row.id)) !== undefined) {
        return;
      }
      const older = replaces === undefined ? undefined : await transaction.store.get(replaces);
      const isGone = older !== undefined && (older.status === "sending" || older.status === "done");
      if (isGone || older?.unsure === true) {
        throw new OutboxError("already-sent");
      }
      if ((await transaction.store.count()) >= ENTRIES_MAX) {
        throw new OutboxError("too-many");
      }
      if (older !== undefined) {
        await transaction.store.delete(older.id);
      }
      await transaction.store.add(row);
      await transaction.done;
    });
  }

  /** Stores what became of an entry. One that was discarded meanwhile stays away. */
  async update(entry: Entry): Promise<void> {
    await translated(async () => {
      const row = await this.#sealed(entry);
      const database = await this.#open();
      const transaction = database.transaction("entries", "readwrite");
      if ((await transaction.store.getKey(entry.id)) !== undefined) {
        await transaction.store.put(row);
      }
      await transaction.done;
    });
  }

  /**
   * Changes the scheduling of waiting entries in one transaction, without the lock: a flusher that
   * picks one meanwhile wins. `change` sees entries without what is sealed, and leaves that alone.
   *
   * @returns ids of what has changed
   */
  async reschedule(change: (entry: Entry) => Entry): Promise<string[]> {
    const changed: string[] = [];
    await translated(async () => {
      const database = await this.#open();
      const transaction = database.transaction("entries", "readwrite");
      for (const row of await transaction.store.getAll()) {
        const { sealed, ...plain } = row;
        const before: Entry = { ...plain, request: null, result: null };
        const after = change(before);
        if (after !== before) {
          const { request: _request, result: _result, ...kept } = after;
          await transaction.store.put({ ...kept, sealed });
          changed.push(row.id);
        }
      }
      await transaction.done;
    });
    return changed;
  }

  /**
   * Forgets an entry.
   *
   * @throws OutboxError when it is under way at this moment
   */
  async remove(id: string): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction("entries", "readwrite");
    if ((await transaction.store.get(id))?.status === "sending") {
      throw new OutboxError("already-sent");
    }
    await transaction.store.delete(id);
    await transaction.done;
  }

  /** The account this browser was last known to be signed in with. */
  async account(): Promise<string> {
    const database = await this.#open();
    const account = await database.get("meta", "account");
    return typeof account === "string" ? account : GUEST;
  }

  async setAccount(account: string): Promise<void> {
    // Written only when it is another one: a device without room can still be used as it is.
    if ((await this.account()) === account) return;
    const database = await this.#open();
    await database.put("meta", account, "account");
  }

  /** Takes or prolongs the lease, when nobody else has it. Answers whether it is ours. */
  async takeLease(lease: Lease, now: number): Promise<boolean> {
    const database = await this.#open();
    const transaction = database.transaction("meta", "readwrite");
    const held = (await transaction.store.get("lease")) as Lease | undefined;
    const isOurs = held === undefined || held.until <= now || held.owner === lease.owner;
    if (isOurs) {
      await transaction.store.put(lease, "lease");
    }
    await transaction.done;
    return isOurs;
  }

  async dropLease(owner: string): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction("meta", "readwrite");
    const held = (await transaction.store.get("lease")) as Lease | undefined;
    if (held?.owner === owner) {
      await transaction.store.delete("lease");
    }
    await transaction.done;
  }

  /** Forgets everything, the key included: what a backup still holds cannot be opened any more. */
  async wipe(): Promise<void> {
    const database = await this.#open();
    const transaction = database.transaction(["entries", "meta"], "readwrite");
    await transaction.objectStore("entries").clear();
    await transaction.objectStore("meta").clear();
    await transaction.done;
    this.#key = null;
  }

  async close(): Promise<void> {
    (await this.#database)?.close();
    this.#forget();
  }

  async #sealed(entry: Entry): Promise<Row> {
    const { request, result, ...plain } = entry;
    if (request === null && result === null) {
      return { ...plain, sealed: null };
    }
    const secret: Secret = { request, result };
    const sealed = await seal(await this.#sealKey(), entry.id, secret);
    return { ...plain, sealed };
  }

  #sealKey(): Promise<CryptoKey> {
    this.#key ??= this.#loadKey();
    return this.#key;
  }

  /** The stored key, or a new one. Two tabs that make one at once agree on the first stored. */
  async #loadKey(): Promise<CryptoKey> {
    const database = await this.#open();
    const stored = (await database.get("meta", "key")) as CryptoKey | undefined;
    if (stored !== undefined) {
      return stored;
    }
    const made = await newSealKey();
    const transaction = database.transaction("meta", "readwrite");
    const first = (await transaction.store.get("key")) as CryptoKey | undefined;
    if (first === undefined) {
      await transaction.store.put(made, "key");
    }
    await transaction.done;
    return first ?? made;
  }
}

async function unsealed(key: CryptoKey, row: Row): Promise<Entry> {
  const { sealed, ...plain } = row;
  if (sealed === null) {
    return { ...plain, request: null, result: null };
  }
  const secret = (await open(key, row.id, sealed)) as Secret | null;
  return { ...plain, request: secret?.request ?? null, result: secret?.result ?? null };
}

/** Runs a write and says in our words when the disk is full. */
async function translated(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") {
      throw new OutboxError("storage-full");
    }
    throw error;
  }
}
