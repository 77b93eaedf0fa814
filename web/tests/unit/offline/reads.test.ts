import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";

import { KEPT_MAX, KEPT_MS, Reads, keepReads } from "../../../src/offline/reads";
import { freshnessOf } from "../../../src/offline/useFreshness";

let count = 0;
let stops: (() => void)[] = [];

/** A page that keeps copies; pages of one `name` follow each other on one device. */
function page(reads: Reads) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  stops.push(keepReads(queries, reads, () => Date.now()));
  return queries;
}

function store(): Reads {
  return new Reads(`reads-${(count += 1)}`);
}

afterEach(() => {
  stops.forEach((stop) => stop());
  stops = [];
});

describe("what was read", () => {
  it("is there for the next page, with the time at which it was read", async () => {
    const reads = store();
    const first = page(reads);
    await first.fetchQuery({ queryKey: ["services"], queryFn: () => Promise.resolve(["a"]) });
    const readAt = first.getQueryState(["services"])?.dataUpdatedAt;
    await vi.waitFor(async () => expect(await reads.all(Date.now())).toHaveLength(1));

    const second = page(reads);

    await vi.waitFor(() => expect(second.getQueryData(["services"])).toEqual(["a"]));
    expect(second.getQueryState(["services"])?.dataUpdatedAt).toBe(readAt);
  });

  it("before anybody kept copies is kept as well", async () => {
    const reads = store();
    const queries = new QueryClient();
    queries.setQueryData(["services"], ["early"]);
    stops.push(keepReads(queries, reads, () => Date.now()));

    await vi.waitFor(async () => expect(await reads.all(Date.now())).toHaveLength(1));
  });

  it("about people is not kept", async () => {
    const reads = store();
    const queries = page(reads);
    queries.setQueryData(["bookings"], ["Ana"]);
    queries.setQueryData(["me"], { name: "Ana" });
    queries.setQueryData(["services"], ["a"]);

    await vi.waitFor(async () => expect(await reads.all(Date.now())).toHaveLength(1));
    expect(JSON.stringify(await reads.all(Date.now()))).not.toContain("Ana");
  });

  it("does not replace what has been read meanwhile", async () => {
    const reads = store();
    await reads.put({ hash: '["services"]', key: ["services"], data: ["old"], at: Date.now() - 5 });
    const queries = new QueryClient();
    queries.setQueryData(["services"], ["new"]);
    stops.push(keepReads(queries, reads, () => Date.now()));

    await vi.waitFor(async () => expect((await reads.all(Date.now()))[0]?.data).toEqual(["new"]));
    expect(queries.getQueryData(["services"])).toEqual(["new"]);
  });

  it("is shown although reading it again fails", async () => {
    const reads = store();
    await reads.put({
      hash: '["services"]',
      key: ["services"],
      data: ["kept"],
      at: 1 + Date.now() - KEPT_MS / 2,
    });
    const queries = page(reads);
    const observer = new QueryObserver(queries, {
      queryKey: ["services"],
      queryFn: () => Promise.reject(new TypeError("no network")),
      retry: false,
    });
    stops.push(observer.subscribe(() => undefined));

    await vi.waitFor(() => expect(observer.getCurrentResult().data).toEqual(["kept"]));
  });

  it("is thrown away after a week, and the oldest beyond the limit", async () => {
    const reads = store();
    const now = Date.now();
    const put = (index: number, at: number) =>
      reads.put({ hash: `${index}`, key: ["availability", index], data: index, at });
    await put(0, now - KEPT_MS);
    for (let index = 1; index <= KEPT_MAX + 3; index += 1) await put(index, now - index);

    const kept = await reads.all(now);

    expect(kept).toHaveLength(KEPT_MAX);
    expect(kept.map(({ data }) => data)).not.toContain(KEPT_MAX + 1);
    await reads.wipe();
    expect(await reads.all(now)).toEqual([]);
  });
});

describe("freshness", () => {
  const now = 1_800_000_000_000;
  const read = (agoMs: number, isError = false) => ({
    data: [],
    dataUpdatedAt: now - agoMs,
    isError,
  });

  it.each([
    ["new", read(1_000), true, false],
    ["new, offline", read(1_000), false, false],
    ["old, online: it is being read again", read(60_000), true, false],
    ["old, offline", read(60_000), false, true],
    ["failed to be read again", read(60_000, true), true, true],
  ])("%s", (_name, query, isOnline, mayHaveChanged) => {
    expect(freshnessOf(query, isOnline, now)).toEqual({
      asOf: query.dataUpdatedAt,
      mayHaveChanged,
    });
  });

  it("of nothing is nothing", () => {
    const nothing = { data: undefined, dataUpdatedAt: 0, isError: true };
    expect(freshnessOf(nothing, false, now)).toBeNull();
  });
});
