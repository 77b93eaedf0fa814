import { Text, Timeline } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { actorWord } from "../audit/words";
import { useNames } from "../data/catalog";
import type { RequestDetail, RequestEvent } from "../data/requests";
import { useUserNames } from "../data/users";
import { statusWord } from "./words";

/** Kinds of events with words of their own. */
const KINDS = [
  "booked",
  "held",
  "offered",
  "hold-confirmed",
  "hold-released",
  "departed",
  "wait-joined",
  "wait-ended",
  "displaced",
  "rescheduled",
  "assigned",
  "declined",
  "expired",
  "cancelled",
  "progressed",
] as const;

interface Place {
  startsAt?: string;
  teamMemberId?: string | null;
  status?: string;
}

function placeOf(value: unknown): Place {
  return typeof value === "object" && value !== null ? value : {};
}

/** Everything that happened to a booking, newest first. */
export function History({ request }: { request: RequestDetail }) {
  const events = [...request.history].reverse();
  return (
    <Timeline bulletSize={14} lineWidth={2} active={events.length}>
      {events.map((event) => (
        <Event key={`${event.seq}:${event.at}`} event={event} timeZone={request.timeZone} />
      ))}
    </Timeline>
  );
}

function Event({ event, timeZone }: { event: RequestEvent; timeZone: string }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const nameOf = useNames();
  const userName = useUserNames();
  const kind = KINDS.find((one) => one === event.kind);
  const actor = event.actor as { kind?: string; id?: string | null };
  const who = (actor.id == null ? undefined : userName(actor.id)) ?? actorWord(t, actor.kind);
  const [from, to] = [placeOf(event.from), placeOf(event.to)];
  const facts: string[] = [];
  if (to.startsAt !== undefined && to.startsAt !== from.startsAt) {
    facts.push(formats.dateTime(to.startsAt, timeZone));
  }
  if (to.teamMemberId != null && to.teamMemberId !== from.teamMemberId) {
    facts.push(nameOf(to.teamMemberId) ?? to.teamMemberId);
  }
  return (
    <Timeline.Item
      title={
        kind === undefined
          ? event.kind
          : t(`event.${kind}`, { status: statusWord(t, to.status ?? "") })
      }
    >
      <Text size="sm" c="dimmed">
        {formats.dateTime(event.at, timeZone)}, {who}
      </Text>
      {facts.length === 0 ? null : <Text size="sm">{formats.list(facts)}</Text>}
      {event.reason == null ? null : (
        <Text size="sm" fs="italic">
          {event.reason}
        </Text>
      )}
    </Timeline.Item>
  );
}
