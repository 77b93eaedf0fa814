import { describe, expect, it } from "vitest";

import { ProblemError, problemOf, readProblem, uuidV7 } from "../../src/api";
import { localPath } from "../../src/ui/localPath";

describe("keys", () => {
  it("are UUIDs of version 7 that begin with the time", () => {
    const key = uuidV7(0x0192_3456_789a, new Uint8Array(10).fill(0xff));
    expect(key).toBe("01923456-789a-7fff-bfff-ffffffffffff");
  });

  it("sort by time", () => {
    const bytes = new Uint8Array(10);
    expect(uuidV7(1_000, bytes) < uuidV7(2_000, bytes)).toBe(true);
  });
});

describe("problems", () => {
  const body = {
    type: "/problems/capacity-exceeded",
    title: "The team is full that day",
    status: 409,
    code: "capacity-exceeded",
    retry: "new-key",
    retryAfterSeconds: 3,
    limit: 8,
    used: 8,
  };

  it("keep the numbers that their code brings along", () => {
    const problem = readProblem(409, body);
    expect(problem).toMatchObject({ code: "capacity-exceeded", limit: 8, used: 8 });
    expect(problem.retryAfterMs).toBe(3_000);
    expect(problem.errors).toEqual([]);
  });

  it("are made of what is no problem document, too", () => {
    expect(readProblem(502, "<html>").code).toBe("unreadable");
    expect(readProblem(502, undefined)).toMatchObject({ status: 502, retry: "same-key" });
  });

  it("tell a lost connection from a server that does not answer", () => {
    expect(problemOf(new TypeError("failed"), false).code).toBe("offline");
    expect(problemOf(new TypeError("failed"), true).code).toBe("unreachable");
    expect(problemOf(new DOMException("", "TimeoutError"), true).code).toBe("timed-out");
    expect(problemOf(new ProblemError(readProblem(409, body)), true).limit).toBe(8);
  });
});

describe("a path to return to", () => {
  it.each([
    ["/portal/bookings?x=1", "/portal/bookings?x=1"],
    ["//evil.example/", "/home"],
    ["https://evil.example/", "/home"],
    ["/\\evil.example", "/home"],
    [null, "/home"],
  ])("of %s is %s", (wanted, expected) => {
    expect(localPath(wanted, "/home")).toBe(expected);
  });
});
