import type { CapacityDay } from "../data/capacity";
import type { Request } from "../data/requests";
import { dayOf, type Day } from "../lib/days";

/** How a team does today. */
export interface TeamToday {
  teamId: string;
  day: Day;
  capacity: CapacityDay | undefined;
  visits: number;
  /** Confirmed, should have begun, and has not; or began and should be over. */
  late: number;
  emergencies: number;
  completed: number;
}

/** A visit counts as late after so much grace: vans stand in traffic. */
export const LATE_GRACE_MS = 15 * 60_000;

export function isLate(request: Request, nowMs: number): boolean {
  const dueMs = nowMs - LATE_GRACE_MS;
  if (request.status === "confirmed") return Date.parse(request.startsAt) < dueMs;
  return request.status === "in_progress" && Date.parse(request.endsAt) < dueMs;
}

const GONE = ["cancelled", "declined", "expired", "waitlisted"];

/** Counts the requests of each team's own today. */
export function summarise(
  teams: readonly { id: string; day: Day; capacity: CapacityDay | undefined }[],
  requests: readonly Request[],
  nowMs: number,
): TeamToday[] {
  return teams.map(({ id, day, capacity }) => {
    const own = requests.filter(
      ({ team, startsAt, status }) =>
        team.id === id && dayOf(startsAt) === day && !GONE.includes(status),
    );
    return {
      teamId: id,
      day,
      capacity,
      visits: own.length,
      late: own.filter((request) => isLate(request, nowMs)).length,
      emergencies: own.filter(({ bookingType }) => bookingType === "emergency").length,
      completed: own.filter(({ status }) => status === "completed").length,
    };
  });
}
