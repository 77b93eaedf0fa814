import { useEffect, useRef, useState } from "react";

import { dayAt } from "./calendar";
import type { ShownSlot } from "./SlotList";
import { type OpenSlot, type PlaceDay, lostStarts } from "./availability";

interface DayStarts {
  shown: ShownSlot[];
  /** Starts that were lost since the day was opened, the last one last. */
  lost: string[];
}

function byStart(one: ShownSlot, other: ShownSlot): number {
  return Date.parse(one.startsAt) - Date.parse(other.startsAt);
}

/**
 * A day's starts as a list that never shrinks while somebody looks at it: what is taken elsewhere
 * stays in its place, marked, so that nothing moves under the pointer. Opened anew with each day.
 *
 * @param own the start that this tab holds, which the server counts as taken
 */
export function useDayStarts(day: PlaceDay | undefined, own: OpenSlot | undefined): DayStarts {
  const [gone, setGone] = useState<ReadonlyMap<number, OpenSlot>>(new Map());
  const before = useRef<PlaceDay | undefined>(undefined);
  const slots = day?.slots;

  useEffect(() => {
    const last = before.current;
    before.current = day;
    if (day === undefined || last === undefined || last.date !== day.date) {
      setGone(new Map());
      return;
    }
    const held = own === undefined ? undefined : Date.parse(own.startsAt);
    const lost = lostStarts(last.slots, day.slots).filter((start) => Date.parse(start) !== held);
    const open = new Set(day.slots.map((slot) => Date.parse(slot.startsAt)));
    setGone((known) => {
      const next = new Map([...known].filter(([start]) => !open.has(start)));
      lost.forEach((start) => {
        const slot = last.slots.find((one) => one.startsAt === start);
        if (slot !== undefined) next.set(Date.parse(start), slot);
      });
      return next;
    });
  }, [day, own]);

  const isOwnHere = own !== undefined && day?.date === dayAt(own.startsAt, day?.timeZone ?? "UTC");
  const at = own === undefined ? undefined : Date.parse(own.startsAt);
  const free = (slots ?? []).filter((slot) => Date.parse(slot.startsAt) !== at);
  const open = isOwnHere ? [...free, own] : (slots ?? []);
  const shown = [
    ...open.map((slot) => ({ ...slot, isTaken: false })),
    ...[...gone.values()].map((slot) => ({ ...slot, isTaken: true })),
  ];
  return {
    shown: shown.sort(byStart),
    lost: [...gone.values()].map((slot) => slot.startsAt),
  };
}
