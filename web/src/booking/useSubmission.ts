import { useRef } from "react";

import { newKey } from "../api";
import { enqueue } from "../offline";
import type { Money } from "../i18n/formats";
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
  /** The total that is shown. */
  price: Money;
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

  /** @param spent a key that was answered for good: the same order is another request from then on */
  const keyOf = (body: CreateBody, spent?: string): string => {
    const text = JSON.stringify(body);
    const known = keys.current.get(text);
    const key = known === undefined || known === spent ? newKey() : known;
    keys.current.set(text, key);
    return key;
  };

  const send = (
    body: CreateBody,
    { service, placeZone, price }: Submission,
    replaces?: string,
  ): Promise<Entry> => {
    const about: About = {
      title: service.name,
      startsAt: body.startsAt,
      timeZone: placeZone,
      price,
    };
    const draft = {
      kind: "booking" as const,
      url: CREATE,
      body,
      about,
      notAfter: notAfter(body.startsAt, service),
    };
    return enqueue(draft, {
      id: keyOf(body, replaces),
      ...(replaces === undefined ? {} : { replaces }),
    });
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
