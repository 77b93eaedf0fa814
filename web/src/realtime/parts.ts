/** What live updates need of their tab, and what they tell of themselves. */

import type { ConnectionStatus, Parts } from "./connection";
import type { Siblings } from "./tabs";
import type { TransportName } from "./transport";

/** What a tab is among its siblings. */
export type Role = "leader" | "follower" | "alone";

/** What the panel shows. */
export interface RealtimeStatus extends ConnectionStatus {
  role: Role;
  /** Topics that this tab looks at. */
  topics: number;
}

export interface HubParts extends Omit<Parts, "wanted" | "onMessage" | "onStatus" | "ladder"> {
  tab: string;
  siblings: Siblings | null;
  ladderFor: (isStaff: boolean) => TransportName[];
  isVisible: () => boolean;
  /** Throws away what would bring an old identity back. */
  forget: () => void;
}
