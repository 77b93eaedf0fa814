/** Everything of the portal that lives on the device: started once, with whoever is signed in. */

import { useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { outboxCameOnline, setOutboxAccount, startOutbox, wipeOutbox } from "../offline";
import { Reads, keepReads } from "../offline/reads";
import { realtime, setRealtimeIdentity, startRealtime } from "../realtime";
import { type Me, isStaff, onSignOut } from "../session/session";
import { setPreferences } from "../ui/preferences";
import { watchInstall } from "./install";
import { registerWorker } from "./worker";

/** The server ended the stream because the session has ended. */
const LOGGED_OUT = 4009;

const reads = new Reads();

/**
 * Starts outbox, live updates, worker and copies of what was read.
 *
 * @param me who is signed in; `undefined` while that is not known
 */
export function useDevice(me: Me | null | undefined): void {
  const queries = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const scheme = useRef(colorScheme);
  useEffect(() => {
    scheme.current = colorScheme;
  }, [colorScheme]);

  useEffect(() => {
    const stops = [startOutbox(), startRealtime(), watchInstall()];
    void registerWorker();
    return () => stops.forEach((stop) => stop());
  }, []);

  useEffect(() => keepReads(queries, reads, () => Date.now()), [queries]);

  useEffect(() => {
    if (me === undefined) return;
    void setOutboxAccount(me?.id ?? null);
    setRealtimeIdentity(me?.id ?? null, isStaff(me));
  }, [me]);

  // A stream that is open again proves more than the browser's word for it.
  useEffect(() => realtime().onOpen(() => void outboxCameOnline()), []);

  useEffect(
    () =>
      realtime().subscribe(() => {
        const { state, lastCode } = realtime().snapshot();
        const isKnown = queries.getQueryData(["me"]) != null;
        if (state === "stopped" && lastCode === LOGGED_OUT && isKnown) {
          void queries.invalidateQueries({ queryKey: ["me"] });
        }
      }),
    [queries],
  );

  // Signing out clears the browser's storage of us, worker and choices included: those come back.
  useEffect(
    () =>
      onSignOut(async () => {
        await Promise.allSettled([wipeOutbox(), reads.wipe()]);
        setPreferences({});
        setColorScheme(scheme.current);
        await registerWorker();
      }),
    [setColorScheme],
  );
}
