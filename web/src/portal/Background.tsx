import { useEffect } from "react";

import { setOutboxAccount, startOutbox } from "../offline";
import { setRealtimeIdentity, startRealtime } from "../realtime";
import { type Me, isStaff } from "../session/session";

/** What works behind every page: sending what waits, and hearing what happens. Shows nothing. */
export default function Background({ me }: { me: Me | null | undefined }) {
  useEffect(() => {
    const stops = [startOutbox(), startRealtime()];
    return () => stops.forEach((stop) => stop());
  }, []);
  useEffect(() => {
    if (me === undefined) return;
    void setOutboxAccount(me?.id ?? null);
    setRealtimeIdentity(me?.id ?? null, isStaff(me));
  }, [me]);
  return null;
}
