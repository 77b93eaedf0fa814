import type { TFunction } from "i18next";

const KINDS = ["system", "guest", "client", "member", "dispatcher", "admin"] as const;

/** Who did something, by the kind of account, for accounts whose name is not known here. */
export function actorWord(t: TFunction<"admin">, kind: string | undefined): string {
  const known = KINDS.find((one) => one === kind);
  return known === undefined ? (kind ?? "") : t(`actor.${known}`);
}
