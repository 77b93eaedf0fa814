import { describe, expect, it } from "vitest";

import type { Answer } from "../../../src/offline/answers";
import type { Entry } from "../../../src/offline/entry";
import { next } from "../../../src/offline/machine";
import { ANSWERS, NOW, answer, entry, env } from "./answers";

function after(what: Answer, changed: Partial<Entry> = {}): Entry {
  return next(entry({ status: "sending", ...changed }), { type: "answered", answer: what }, env);
}

describe("an answer", () => {
  it.each(ANSWERS)("%i %s (%s) makes the entry %s%s", (status, code, retry, expected) => {
    const sent = after(answer(status, code, retry));

    expect(sent.status).toBe(expected);
    expect(sent.lastCode).toBe(code);
    expect(sent.attempts).toBe(1);
  });

  it.each([408, 425, 429, 500, 502, 503, 504])("%i without a problem is tried again", (status) => {
    const bare: Answer = {
      type: "response",
      httpStatus: status,
      body: undefined,
      retryAfterMs: 0,
      wasReplayed: false,
    };

    expect(after(bare)).toMatchObject({
      status: "queued",
      wait: "server",
      lastCode: `http-${status}`,
    });
  });

  it("201 is done, 202 and a checkout leave something to do", () => {
    const checkout: Answer = {
      type: "response",
      httpStatus: 201,
      body: { payment: { checkoutUrl: "https://pay.example" } },
      retryAfterMs: 0,
      wasReplayed: true,
    };

    expect(after(answer(201))).toMatchObject({ status: "done", result: { needsYou: false } });
    expect(after(answer(202))).toMatchObject({ status: "done", result: { needsYou: true } });
    expect(after(checkout)).toMatchObject({
      status: "done",
      result: { needsYou: true, wasReplayed: true },
    });
  });

  it("200 that is not JSON comes from a sign-in page, not from us", () => {
    const portal: Answer = {
      type: "response",
      httpStatus: 200,
      body: undefined,
      retryAfterMs: 0,
      wasReplayed: false,
    };

    expect(after(portal)).toMatchObject({ status: "queued", wait: "network", attempts: 0 });
  });

  it("a guest who would have to sign in is told so, because no session can be added later", () => {
    expect(after(answer(401, "unauthenticated", "same-key"), { account: "guest" }).status).toBe(
      "rejected",
    );
  });

  it("that never comes counts as a try, one that reached nobody does not", () => {
    expect(after({ type: "no-answer" })).toMatchObject({
      attempts: 1,
      wait: "server",
      unsure: true,
    });
    expect(after({ type: "no-network" })).toMatchObject({
      attempts: 0,
      misses: 1,
      wait: "network",
      unsure: true,
    });
  });

  it("that says nothing was done leaves no doubt, an error of the server does", () => {
    expect(after(answer(503, "draining", "same-key")).unsure).toBe(false);
    expect(after(answer(503, "storage-unavailable", "same-key")).unsure).toBe(true);
    expect(after(answer(201), { unsure: true }).unsure).toBe(false);
  });

  it("is never sooner tried again than Retry-After asks", () => {
    const waiting = after(answer(503, "draining", "same-key", 7_000));

    expect(waiting.nextAttemptAt).toBe(NOW + 7_000);
  });
});
