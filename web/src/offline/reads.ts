/**
 * What people may read without a network: the catalogue and availability, written to IndexedDB by
 * the page as it reads them. Public data only; anything about a person stays out.
 */

import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

/** First parts of the keys of queries that are kept. */
export const KEPT_QUERIES: readonly string[] = ["services", "team-members", "availability"];

/** How long a copy may be shown. */
export const KEPT_MS = 7 * 24 * 3_600_000;

/** Most copies; the oldest make room. */
export const KEPT_MAX = 60;

const DATABASE = "daybook-reads";

/** A copy of an answer. */
export interface Kept {
  hash: string;
  key: QueryKey;
  data: unknown;
  /** When it was read. */
  at: number;
}

interface Schema extends DBSchema {
  reads: { key: string; value: Kept };
}

export class Reads {
  readonly #name: string;
  #database: Promise<IDBPDatabase<Schema>> | null = null;

  constructor(name: string = DATABASE) {
    this.#name = name;
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    this.#database ??= openDB<Schema>(this.#name, 1, {
      upgrade: (database) => void database.createObjectStore("reads", { keyPath: "hash" }),
      blocking: (_current, _blocked, event) => {
        (event.target as IDBDatabase).close();
        this.#database = null;
      },
      terminated: () => {
        this.#database = null;
      },
    });
    return this.#database;
  }

  async put(kept: Kept): Promise<void> {
    await (await this.#open()).put("reads", kept);
  }

  /** Every copy that may still be shown, newest first; what is older is thrown away. */
  async all(now: number): Promise<Kept[]> {
    const database = await this.#open();
    const sorted = (await database.getAll("reads")).sort((a, b) => b.at - a.at);
    const isFresh = ({ at }: Kept, index: number) => at > now - KEPT_MS && index < KEPT_MAX;
    const old = sorted.filter((kept, index) => !isFresh(kept, index));
    await Promise.all(old.map(({ hash }) => database.delete("reads", hash)));
    return sorted.filter(isFresh);
  }

  async wipe(): Promise<void> {
    await (await this.#open()).clear("reads");
  }
}

function isKept(key: QueryKey): boolean {
  return KEPT_QUERIES.includes(String(key[0]));
}

/** What is older than this when it appears is one of our own copies. */
const NEWS_MS = 60_000;

/** How long a kept query stays in memory without anybody looking at it. */
const IN_MEMORY_MS = 24 * 3_600_000;

/**
 * Brings the copies back, and keeps a copy of whatever is read from now on. What was read meanwhile
 * is newer than any copy and stays.
 *
 * @returns how to stop
 */
export function keepReads(queries: QueryClient, reads: Reads, now: () => number): () => void {
  for (const first of KEPT_QUERIES) queries.setQueryDefaults([first], { gcTime: IN_MEMORY_MS });
  const bringBack = async () => {
    for (const { key, data, at } of await reads.all(now())) {
      if (queries.getQueryData(key) === undefined) {
        queries.setQueryData(key, data, { updatedAt: at });
      }
    }
  };
  // A browser may forbid storage: then nothing is kept, and nothing breaks.
  bringBack().catch(() => undefined);
  const keep = ({ queryHash: hash, queryKey: key, state }: Query) => {
    const kept: Kept = { hash, key, data: state.data, at: state.dataUpdatedAt };
    reads.put(kept).catch(() => undefined);
  };
  const isNews = ({ queryKey, state }: Query) =>
    isKept(queryKey) && state.status === "success" && state.dataUpdatedAt > now() - NEWS_MS;
  // What was read before anybody kept copies.
  queries.getQueryCache().getAll().filter(isNews).forEach(keep);
  return queries.getQueryCache().subscribe((event) => {
    const isRead = event.type === "updated" && event.action.type === "success";
    if (isRead && isNews(event.query)) keep(event.query);
  });
}
