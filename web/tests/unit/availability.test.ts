import { describe, expect, it } from "vitest";

import {
  type TeamDay,
  lostStarts,
  mergeDays,
  nearestZone,
  nextOpenDay,
  offsetMinutes,
  placeDays,
} from "../../src/booking/availability";

const NINE = "2026-11-24T09:00:00+01:00";
const TEN = "2026-11-24T10:00:00+01:00";

function slot(startsAt: string, remaining = 1): TeamDay["slots"][number] {
  return { startsAt, endsAt: startsAt, remaining, teamMemberIds: [] };
}

function teamDay(changed: Partial<TeamDay>): TeamDay {
  return {
    date: "2026-11-24",
    teamId: "north",
    timeZone: "Europe/Berlin",
    seq: 1,
    epoch: "e",
    limit: 8,
    remaining: 5,
    closed: false,
    slots: [],
    ...changed,
  };
}

describe("the days of a place", () => {
  it("offer each start once, with the team that has most room", () => {
    const days = [
      teamDay({ slots: [slot(NINE, 1), slot(TEN, 2)] }),
      teamDay({ teamId: "south", slots: [slot(NINE, 3)] }),
      teamDay({ teamId: "away", timeZone: "Asia/Kolkata", slots: [slot(TEN, 9)] }),
    ];
    const day = placeDays(days, "Europe/Berlin").get("2026-11-24");
    expect(day?.slots.map(({ startsAt, teamId }) => [startsAt, teamId])).toEqual([
      [NINE, "south"],
      [TEN, "north"],
    ]);
    expect(day).toMatchObject({ state: "open", teams: ["north", "south"] });
  });

  it("are full when nothing is left, and closed when nothing was offered", () => {
    const full = placeDays([teamDay({ remaining: 0 })], "Europe/Berlin");
    expect(full.get("2026-11-24")?.state).toBe("full");
    const quiet = placeDays([teamDay({ remaining: 5 })], "Europe/Berlin");
    expect(quiet.get("2026-11-24")?.state).toBe("closed");
    const shut = placeDays([teamDay({ closed: true, remaining: 0 })], "Europe/Berlin");
    expect(shut.get("2026-11-24")?.state).toBe("closed");
  });

  it("lead to the next one that is open", () => {
    const days = placeDays(
      [
        teamDay({ remaining: 0 }),
        teamDay({ date: "2026-11-26", slots: [slot(NINE)] }),
        teamDay({ date: "2026-11-25" }),
      ],
      "Europe/Berlin",
    );
    expect(nextOpenDay(days, "2026-11-24")).toBe("2026-11-26");
    expect(nextOpenDay(days, "2026-11-26")).toBeUndefined();
  });
});

describe("reading a day again", () => {
  it("replaces what is older, and nothing that is newer", () => {
    const known = [teamDay({ seq: 5, remaining: 3 }), teamDay({ teamId: "south", seq: 2 })];
    const merged = mergeDays(known, [
      teamDay({ seq: 4, remaining: 9 }),
      teamDay({ teamId: "south", seq: 3, remaining: 1 }),
      teamDay({ teamId: "unknown" }),
    ]);
    expect(merged.map(({ remaining }) => remaining)).toEqual([3, 1]);
  });

  it("believes a ledger that began anew", () => {
    const merged = mergeDays(
      [teamDay({ seq: 5 })],
      [teamDay({ seq: 1, epoch: "f", remaining: 7 })],
    );
    expect(merged[0]?.remaining).toBe(7);
  });

  it("tells which starts were lost, however their offset is written", () => {
    const open = (startsAt: string) => ({ ...slot(startsAt), teamId: "north", price: undefined });
    expect(lostStarts([open(NINE), open(TEN)], [open("2026-11-24T09:00:00Z")])).toEqual([NINE]);
  });
});

describe("the place to begin with", () => {
  const offsetOf = (zone: string) => offsetMinutes(zone, Date.parse("2026-11-24T12:00:00Z"));

  it("is the own zone, else the one whose clock is nearest", () => {
    const zones = ["America/New_York", "Europe/Berlin"];
    expect(nearestZone(zones, "Europe/Berlin", offsetOf)).toBe("Europe/Berlin");
    expect(nearestZone(zones, "Europe/Madrid", offsetOf)).toBe("Europe/Berlin");
    expect(nearestZone(zones, "America/Chicago", offsetOf)).toBe("America/New_York");
    expect(nearestZone([], "Europe/Madrid", offsetOf)).toBeUndefined();
  });

  it("knows clocks that are off by half an hour", () => {
    expect(offsetOf("Asia/Kolkata")).toBe(330);
    expect(offsetOf("America/New_York")).toBe(-300);
    expect(offsetOf("UTC")).toBe(0);
  });
});
