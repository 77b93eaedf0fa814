import { useEffect, useState } from "react";

import { useEntry } from "../offline";
import type { Me } from "../session/session";
import { type Details, detailsOf, loadDetails, saveDetails } from "./details";

/** What was typed about the person and the visit, kept for this tab. */
export function useDetails(me: Me | null | undefined, editId: string | undefined) {
  const [details, setDetails] = useState(() => loadDetails(sessionStorage));
  const type = (changed: Details) => {
    setDetails(changed);
    saveDetails(sessionStorage, changed);
  };

  // Whoever is signed in need not type what we know.
  useEffect(() => {
    if (me == null) return;
    setDetails((known) => ({
      ...known,
      name: known.name || me.name,
      email: known.email || me.email,
      phone: known.phone || (me.phone ?? ""),
    }));
  }, [me]);

  // An order that is opened again brings along what was typed for it.
  const edited = useEntry(editId ?? null)?.request;
  useEffect(() => {
    if (edited != null) setDetails(detailsOf(edited.body));
  }, [edited]);

  return { details, type };
}
