import { describe, expect, it } from "vitest";

import { knownLinks, rememberLink, tokenOf } from "../../src/portal/links";
import { feeNow, isOver, mayChange, sortBookings } from "../../src/portal/status";
import type { Booking } from "../../src/portal/useBookings";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const hours = (count: number) => new Date(NOW + count * 3_600_000).toISOString();

function booking(changed: Partial<Booking>): Booking {
  return { status: "confirmed", startsAt: hours(1), endsAt: hours(2), ...changed } as Booking;
}

describe("bookings", () => {
  it("are sorted by what they ask: answers first, soonest next, latest past first", () => {
    const offered = booking({ status: "waitlisted", offer: { expiresAt: hours(1) } });
    const soon = booking({ startsAt: hours(3), endsAt: hours(4) });
    const later = booking({ startsAt: hours(30), endsAt: hours(31) });
    const gone = booking({ startsAt: hours(-30), endsAt: hours(-29) });
    const off = booking({ status: "cancelled", startsAt: hours(5), endsAt: hours(6) });
    const sorted = sortBookings([later, off, gone, offered, soon], NOW);
    expect(sorted).toEqual({ needsYou: [offered], upcoming: [soon, later], past: [off, gone] });
  });

  it("may be changed until the policy says", () => {
    const until = (changeUntil: string | null) => booking({ policy: { changeUntil } });
    expect(mayChange(until(hours(1)), NOW)).toBe(true);
    expect(mayChange(until(hours(-1)), NOW)).toBe(false);
    expect(mayChange(until(null), NOW)).toBe(true);
    expect(mayChange(booking({}), NOW)).toBe(false);
    expect(mayChange(booking({ status: "cancelled", policy: {} }), NOW)).toBe(false);
  });

  it("cost a fee to call off only once that is not free any more", () => {
    const fee = { amount: 2_000, currency: "EUR" };
    const late = booking({ policy: { cancelFee: fee, freeCancelUntil: hours(-1) } });
    const early = booking({ policy: { cancelFee: fee, freeCancelUntil: hours(1) } });
    expect(feeNow(late, NOW)).toEqual(fee);
    expect(feeNow(early, NOW)).toBeUndefined();
    expect(feeNow(booking({ policy: { cancelFee: fee } }), NOW)).toEqual(fee);
    expect(feeNow(booking({ policy: {} }), NOW)).toBeUndefined();
  });

  it("are over once they have ended, whatever their state says", () => {
    expect(isOver(booking({ endsAt: hours(-1) }), NOW)).toBe(true);
    expect(isOver(booking({ status: "declined" }), NOW)).toBe(true);
    expect(isOver(booking({}), NOW)).toBe(false);
  });
});

describe("links of bookings", () => {
  it("are kept newest first, once each, and not without limit", () => {
    localStorage.clear();
    for (let index = 0; index < 40; index += 1) {
      rememberLink(localStorage, { id: `b${index}`, token: "t", at: index });
    }
    rememberLink(localStorage, { id: "b39", token: "new", at: 50 });
    const links = knownLinks(localStorage);
    expect(links).toHaveLength(30);
    expect(links[0]).toEqual({ id: "b39", token: "new", at: 50 });
    localStorage.setItem("daybook.links", "{broken");
    expect(knownLinks(localStorage)).toEqual([]);
  });

  it("have their token after /c/", () => {
    expect(tokenOf("/c/AQE_-9.x")).toBe("AQE_-9.x");
    expect(tokenOf("https://book.example/c/abc")).toBe("abc");
    expect(tokenOf("/elsewhere")).toBeUndefined();
  });
});
