import type { TFunction } from "i18next";

import { STATUSES } from "./steps";

/** A state in words; one that this version does not know is shown as it came. */
export function statusWord(t: TFunction<"admin">, status: string): string {
  const known = STATUSES.find((one) => one === status);
  return known === undefined ? status : t(`status.${known}`);
}

/** The colour that goes with the word. Never alone. */
export function statusColor(status: string): string {
  switch (status) {
    case "pending":
    case "held":
    case "waitlisted":
      return "marigold";
    case "confirmed":
    case "in_progress":
      return "pine";
    case "no_show":
      return "red";
    default:
      return "gray";
  }
}
