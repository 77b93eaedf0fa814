import { createContext, use } from "react";

import type { Me } from "../../session/session";
import { type Ability, type StaffRole, can } from "../lib/roles";

export interface Account {
  me: Me;
  role: StaffRole;
}

/** Who uses the admin. Everything under the shell has one. */
export const AccountContext = createContext<Account | undefined>(undefined);

export function useAccount(): Account {
  const account = use(AccountContext);
  if (account === undefined) throw new Error("outside of the shell");
  return account;
}

/** Whether to show a control; the server decides again. */
export function useCan(): (ability: Ability) => boolean {
  const { role } = useAccount();
  return (ability) => can(role, ability);
}
