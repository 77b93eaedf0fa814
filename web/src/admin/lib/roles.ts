/** Roles of accounts that may enter the admin. Clients may not. */
export type StaffRole = "admin" | "dispatcher" | "member";

/**
 * What the pages ask before they show a control. The server decides again on every request: this
 * table only spares people buttons that would be refused.
 */
export type Ability =
  | "view-team"
  | "progress"
  | "cancel"
  | "reschedule"
  | "assign"
  | "correct"
  | "change-capacity"
  | "view-audit"
  | "edit-hours"
  | "edit-catalog"
  | "manage-users"
  | "view-users"
  | "view-operations"
  | "collect-cash"
  | "correct-cash"
  | "handle-money"
  | "tend-letters"
  | "view-schedule"
  | "tend-schedule"
  | "manage-webhooks";

const MEMBER: readonly Ability[] = ["view-team", "progress", "collect-cash"];

const DISPATCHER: readonly Ability[] = [
  ...MEMBER,
  "cancel",
  "reschedule",
  "assign",
  "change-capacity",
  "view-audit",
  "edit-hours",
  "view-users",
  "view-operations",
  "tend-letters",
  "correct-cash",
  "handle-money",
  "view-schedule",
];

const ADMIN: readonly Ability[] = [
  ...DISPATCHER,
  "correct",
  "edit-catalog",
  "manage-users",
  "tend-schedule",
  "manage-webhooks",
];

const ABILITIES: Record<StaffRole, readonly Ability[]> = {
  admin: ADMIN,
  dispatcher: DISPATCHER,
  member: MEMBER,
};

export function staffRole(role: string): StaffRole | undefined {
  return role === "admin" || role === "dispatcher" || role === "member" ? role : undefined;
}

export function can(role: StaffRole, ability: Ability): boolean {
  return ABILITIES[role].includes(ability);
}
