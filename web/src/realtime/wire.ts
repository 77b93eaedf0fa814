/** `daybook.v1` as the server writes it. See docs/REALTIME.md. */

/** Where a listener is in a topic's history. */
export interface Position {
  epoch: string;
  seq: number;
}

/** One start of a day and what is left of it. */
export interface SlotLeft {
  startsAt: string;
  remaining: number;
}

/** A team's day. Staff see the members behind the question marks. */
export interface DayBoard {
  teamId: string;
  date: string;
  limit: number;
  used: number;
  held: number;
  remaining: number;
  closed: boolean;
  slots: SlotLeft[];
  emergencyRemaining?: number;
  reserve?: number;
  bookingsCount?: number;
  overridesCount?: number;
}

/** A booking as streams tell of it. */
export interface RequestNews {
  id: string;
  reference: string;
  rev: number;
  status: string;
  teamId: string;
  date: string;
  serviceId: string;
  startsAt: string;
  endsAt: string;
  change?: string;
  /** How its payment stands, where that is at hand. */
  payment?: { status: string; method: string };
  memberId?: string | null;
  units?: number;
  unitsPastLimit?: number;
  emergency?: boolean;
  call?: { description: string; address: string; phone: string };
  actor?: { kind: string; id: string | null };
  reason?: string;
}

/** A change to what a day takes. */
export interface CapacityNews {
  teamId: string;
  date: string;
  seq: number;
  change: string;
  limit: number;
  used: number;
  remaining: number;
  closed: boolean;
  overrideId?: string;
  delta?: number;
  requestId?: string;
  actor: { kind: string; id: string | null };
  reason: string | null;
}

/** The newest page of a log that is not of one booking. */
export interface NewestPage {
  requests: RequestNews[];
}

export type AvailabilityTopic = `availability:${string}:${string}`;
export type RequestTopic = `request:${string}`;
export type LogTopic =
  `inbox:${string}` | `team:${string}` | `admin:${"bookings" | "overrides" | "queue"}`;
export type NoticeTopic = "ops:notice";
export type Topic = AvailabilityTopic | RequestTopic | LogTopic | NoticeTopic;

/** What a topic's `data` is. */
export type DataOf<T extends Topic> = T extends AvailabilityTopic
  ? DayBoard
  : T extends RequestTopic
    ? RequestNews
    : T extends LogTopic
      ? NewestPage
      : unknown;

/** What an event of a log carries. */
export type NewsOf<T extends Topic> = T extends RequestTopic
  ? RequestNews
  : T extends LogTopic
    ? RequestNews | CapacityNews
    : never;

/** The topic of a team's day. */
export function dayTopic(teamId: string, date: string): AvailabilityTopic {
  return `availability:${teamId}:${date}`;
}

/** The topic of a booking. */
export function requestTopic(id: string): RequestTopic {
  return `request:${id}`;
}

/** Whether only the newest counts; otherwise events follow on each other. */
export function isState(topic: string): boolean {
  return topic.startsWith("availability:") || topic === "ops:notice";
}

export interface Hello {
  type: "hello";
  connectionId: string;
  heartbeatMs: number;
  topicsMax: number;
  resumeToken: string;
  refreshInMs?: number;
}

export interface Subscribed extends Position {
  type: "subscribed";
  topic: string;
  how: "resumed" | "snapshot" | "reset";
  data?: unknown;
}

export interface Updated extends Position {
  type:
    | "availability-updated"
    | "request-updated"
    | "payment-updated"
    | "emergency-requested"
    | "capacity-overridden"
    | "notice-updated";
  topic: string;
  prev?: number;
  at: string;
  cause?: string;
  data: unknown;
}

export interface Refused {
  type: "error";
  topic?: string;
  code: number;
  temporary: boolean;
}

export interface Unsubscribed {
  type: "unsubscribed";
  topic: string;
  code?: number;
}

export interface Ping {
  type: "ping";
  resumeToken?: string;
}

export interface Bye {
  type: "bye";
  code: number;
  reconnectAfterMs?: [number, number];
}

export type Message = Hello | Subscribed | Updated | Refused | Unsubscribed | Ping | Bye;

const KNOWN: ReadonlySet<string> = new Set([
  "hello",
  "subscribed",
  "availability-updated",
  "request-updated",
  "payment-updated",
  "emergency-requested",
  "capacity-overridden",
  "notice-updated",
  "error",
  "unsubscribed",
  "ping",
  "bye",
]);

/** The messages in a frame: one object or an array of them. Unknown types are left out. */
export function readFrame(text: string): Message[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return list.filter(isMessage);
}

/** Whether a value is a message of a type that we know. */
export function isMessage(value: unknown): value is Message {
  const isObject = typeof value === "object" && value !== null && "type" in value;
  return isObject && typeof value.type === "string" && KNOWN.has(value.type);
}

/** One event of an event stream. */
export interface StreamEvent {
  data: string;
  id: string | null;
}

/**
 * Reads an event stream piece by piece. Only `data` and `id` matter here: the object says its own
 * type, and when to come back is decided by `reconnect.ts`.
 */
export class StreamReader {
  #rest = "";
  #data: string[] = [];
  #id: string | null = null;

  /** The events that end in `chunk`. */
  push(chunk: string): StreamEvent[] {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) events.push({ data: this.#data.join("\n"), id: this.#id });
        this.#data = [];
        this.#id = null;
      } else {
        this.#take(line);
      }
    }
    return events;
  }

  #take(line: string): void {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    if (field === "id") this.#id = value;
  }
}
