import { useRef } from "react";

import { newKey } from "../api";
import { enqueue } from "../offline";
import type { About, Entry } from "../offline";
import { type CreateBody, type MovedVisit, type OrderParts, movedOrderOf, orderOf } from "./order";
import type { Service } from "./useCatalogue";

const MINUTE_MS = 60_000;
const CREATE = "/api/portal/service-requests";

interface Submission {
  parts: OrderParts;
  moved: readonly MovedVisit[];
  service: Service;
  placeZone: string;
  /** The entry that the booking stands in for. */
  replaces: string | undefined;
}

/** From when on it makes no sense to send a booking any more: its start, less the notice it needs. */
function notAfter(startsAt: string, service: Service): number {
  return Date.parse(startsAt) - service.noticeMinutesMin * MINUTE_MS;
}

/**
 * Hands a booking to the outbox, which keeps it on this device until the server has answered for
 * good. Pressing the button again sends nothing twice: the same order keeps its key.
 */
export function useSubmission() {
  const keys = useRef(new Map<string, string>());

  const keyOf = (body: CreateBody): string => {
    const text = JSON.stringify(body);
    const key = keys.current.get(text) ?? newKey();
    keys.current.set(text, key);
    return key;
  };

  const send = (
    body: CreateBody,
    { service, placeZone }: Submission,
    replaces?: string,
  ): Promise<Entry> => {
    const about: About = {
      title: service.name,
      startsAt: body.startsAt,
      timeZone: placeZone,
    };
    const draft = {
      kind: "booking" as const,
      url: CREATE,
      body,
      about,
      notAfter: notAfter(body.startsAt, service),
    };
    return enqueue(draft, { id: keyOf(body), ...(replaces === undefined ? {} : { replaces }) });
  };

  /** The entries of the booking, and of the visits that leave its series. */
  const submit = async (submission: Submission): Promise<Entry[]> => {
    const { parts, moved } = submission;
    const first = await send(orderOf(parts), submission, submission.replaces);
    const others = await Promise.all(
      moved.map((visit) => send(movedOrderOf(parts, visit), submission)),
    );
    return [first, ...others];
  };

  return { submit, keyOf };
}
