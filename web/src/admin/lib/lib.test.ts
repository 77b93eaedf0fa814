import { describe, expect, it } from "vitest";
import { changesOf, readObject } from "../audit/changes";
import { readMetrics, routeLoads, sumOf } from "../system/metrics";
import { fieldOf, mergePatch } from "./merge-patch";
import { can, staffRole } from "./roles";

describe("mergePatch", () => {
  it("names what changed, and nothing else", () => {
    const before = { name: "a", price: { amount: 1, currency: "EUR" }, teamIds: ["x"], phone: "1" };
    const after = { name: "a", price: { amount: 2, currency: "EUR" }, teamIds: [], phone: null };
    expect(mergePatch<object>(before, after)).toEqual({
      price: { amount: 2 },
      teamIds: [],
      phone: null,
    });
    expect(mergePatch(before, { ...before })).toEqual({});
  });

  it("takes absent and null for the same", () => {
    expect(mergePatch<{ a?: string | null }>({}, { a: null })).toEqual({});
  });
});

describe("fieldOf", () => {
  it.each([
    ["/price/amount", "price.amount"],
    ["/items/0/from", "items.0.from"],
    ["status", "status"],
    ["/a~1b", "a/b"],
  ])("%s is %s", (pointer, field) => {
    expect(fieldOf(pointer)).toBe(field);
  });
});

describe("changesOf", () => {
  it("shows leaves that differ", () => {
    const before = { limit: 4, nested: { a: 1 }, list: [1, 2] };
    const after = { limit: 6, nested: { a: 1, b: true }, list: [2] };
    expect(changesOf(before, after)).toEqual([
      { path: "limit", before: "4", after: "6" },
      { path: "list", before: "1, 2", after: "2" },
      { path: "nested.b", before: undefined, after: "true" },
    ]);
    expect(changesOf(null, { delta: 3 })).toEqual([
      { path: "delta", before: undefined, after: "3" },
    ]);
  });

  it("reads what an entry is about", () => {
    expect(readObject("ledger:t1:2026-12-02")).toEqual({
      kind: "ledger",
      id: "t1",
      day: "2026-12-02",
    });
    expect(readObject("requests")).toEqual({ kind: "requests" });
  });
});

describe("metrics", () => {
  const text = [
    "# HELP daybook_http_requests_total Requests.",
    'daybook_http_requests_total{method="GET",route="/a",status="200"} 3',
    'daybook_http_requests_total{method="GET",route="/a",status="503"} 1',
    'daybook_http_requests_total{method="POST",route="/b",status="200"} 9',
    'daybook_http_request_seconds_bucket{method="GET",route="/a",le="+Inf"} 4',
    'daybook_http_request_seconds_sum{method="GET",route="/a"} 0.02',
    'daybook_http_request_seconds_count{method="GET",route="/a"} 4',
    "daybook_realtime_connections 7",
    "rubbish",
  ].join("\n");

  it("are read, summed and told by route", () => {
    const samples = readMetrics(text);
    expect(sumOf(samples, "daybook_realtime_connections")).toBe(7);
    expect(sumOf(samples, "daybook_http_requests_total", ({ method }) => method === "GET")).toBe(4);
    expect(routeLoads(samples)).toEqual([
      { method: "POST", route: "/b", count: 9, failures: 0, meanMs: 0 },
      { method: "GET", route: "/a", count: 4, failures: 1, meanMs: 5 },
    ]);
  });
});

describe("roles", () => {
  it("let each see what the server lets them do", () => {
    expect(staffRole("client")).toBeUndefined();
    expect(can("member", "view-audit")).toBe(false);
    expect(can("member", "progress")).toBe(true);
    expect(can("dispatcher", "change-capacity")).toBe(true);
    expect(can("dispatcher", "edit-catalog")).toBe(false);
    expect(can("admin", "correct")).toBe(true);
  });
});
