import { type Day, isDay } from "./calendar";

/** The steps of a booking, in order. The progress names all of them. */
export const STEPS = [
  "service",
  "member",
  "time",
  "repeat",
  "details",
  "payment",
  "confirmation",
] as const;
export type Step = (typeof STEPS)[number];

export const FREQUENCIES = ["daily", "weekly", "monthly"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** The server's own limit of visits in a series is larger; more than a year of weeks helps nobody. */
export const VISITS_MAX = 52;
export const INTERVAL_MAX = 12;

export interface Repeat {
  frequency: Frequency;
  interval: number;
  count: number;
}

/** What has been chosen so far. All of it is in the address, so that it can be kept and shared. */
export interface Choice {
  step: Step;
  memberId: string | undefined;
  /** Zone of the place where the visit happens. */
  timeZone: string | undefined;
  date: Day | undefined;
  /** The chosen start, with the team that has it. */
  startsAt: string | undefined;
  teamId: string | undefined;
  repeat: Repeat | undefined;
  isEmergency: boolean;
  /** The entry of the outbox that this booking stands in for. */
  editId: string | undefined;
}

const NOTHING: Choice = {
  step: "member",
  memberId: undefined,
  timeZone: undefined,
  date: undefined,
  startsAt: undefined,
  teamId: undefined,
  repeat: undefined,
  isEmergency: false,
  editId: undefined,
};

function isStep(text: string | null): text is Step {
  return text !== null && (STEPS as readonly string[]).includes(text);
}

function isFrequency(text: string | undefined): text is Frequency {
  return (FREQUENCIES as readonly string[]).includes(text ?? "");
}

function within(text: string | undefined, max: number): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= max ? value : undefined;
}

/** Reads `weekly.2.6`: every second week, six visits. */
export function parseRepeat(text: string | null): Repeat | undefined {
  const [frequency, every, visits] = (text ?? "").split(".");
  const interval = within(every, INTERVAL_MAX);
  const count = within(visits, VISITS_MAX);
  if (!isFrequency(frequency) || interval === undefined || count === undefined) return undefined;
  return count < 2 ? undefined : { frequency, interval, count };
}

function readStart(text: string | null): string | undefined {
  return text !== null && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

function readZone(text: string | null): string | undefined {
  try {
    return text === null ? undefined : new Intl.DateTimeFormat("en", { timeZone: text }) && text;
  } catch {
    return undefined;
  }
}

/** Reads a choice from an address. What cannot be is left out, and a step that lacks what comes
 * before it falls back to the first one that is open. */
export function readChoice(search: URLSearchParams): Choice {
  const step = search.get("step");
  const date = search.get("date");
  const choice: Choice = {
    ...NOTHING,
    step: isStep(step) ? step : NOTHING.step,
    memberId: search.get("member") ?? undefined,
    timeZone: readZone(search.get("zone")),
    date: isDay(date) ? date : undefined,
    startsAt: readStart(search.get("slot")),
    teamId: search.get("team") ?? undefined,
    repeat: parseRepeat(search.get("recur")),
    isEmergency: search.get("type") === "emergency",
    editId: search.get("edit") ?? undefined,
  };
  const hasTime = choice.startsAt !== undefined && choice.teamId !== undefined;
  const needsTime = STEPS.indexOf(choice.step) > STEPS.indexOf("time");
  return needsTime && !hasTime ? { ...choice, step: "time" } : choice;
}

export function writeChoice(choice: Choice): URLSearchParams {
  const { repeat } = choice;
  const values: [string, string | undefined][] = [
    ["step", choice.step],
    ["member", choice.memberId],
    ["zone", choice.timeZone],
    ["date", choice.date],
    ["slot", choice.startsAt],
    ["team", choice.teamId],
    ["recur", repeat && `${repeat.frequency}.${repeat.interval}.${repeat.count}`],
    ["type", choice.isEmergency ? "emergency" : undefined],
    ["edit", choice.step === "confirmation" ? undefined : choice.editId],
  ];
  const search = new URLSearchParams();
  values.forEach(([name, value]) => {
    if (value !== undefined) search.set(name, value);
  });
  return search;
}

/** Steps that a service has: one that cannot be repeated has none for that. */
export function stepsFor(service: { isRecurrenceAllowed: boolean }, isEmergency: boolean): Step[] {
  const isRepeatable = service.isRecurrenceAllowed && !isEmergency;
  return STEPS.filter((step) => step !== "repeat" || isRepeatable);
}

export function neighbour(steps: readonly Step[], step: Step, by: 1 | -1): Step {
  return steps[steps.indexOf(step) + by] ?? step;
}
