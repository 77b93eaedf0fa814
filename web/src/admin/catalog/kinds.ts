/** What a visit can need beside a person. */
export const RESOURCE_KINDS = ["room", "vehicle", "equipment"] as const;
