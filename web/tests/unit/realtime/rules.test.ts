import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EVENTS_MAX, apply, shownOf, type Held } from "../../../src/realtime/rules";
import type { Message, Position, Subscribed, Updated } from "../../../src/realtime/wire";

const DAY = "availability:t1:2026-11-24";
const BOOKING = "request:r81";

function updated(topic: string, epoch: string, seq: number, data: unknown, prev?: number): Updated {
  const type = topic === DAY ? "availability-updated" : "request-updated";
  return {
    type,
    topic,
    epoch,
    seq,
    at: "2026-11-22T20:00:00Z",
    data,
    ...(prev === undefined ? {} : { prev }),
  };
}

/**
 * The server's side of two topics: a day, whose newest state is all there is, and a booking, whose
 * events follow on each other. Keeps every message that is still on its way to the client.
 */
class ModelServer {
  epoch = 1;
  daySeq = 1;
  rev = 1;
  used = 0;
  /** Revisions whose events the ring still holds. */
  ring: number[] = [];
  onTheWay: Message[] = [];

  get #epochName() {
    return `e${this.epoch}`;
  }

  change(): void {
    this.daySeq += 1;
    this.used += 1;
    this.onTheWay.push(updated(DAY, this.#epochName, this.daySeq, { used: this.used }));
  }

  touch(): void {
    this.rev += 1;
    this.ring.push(this.rev);
    this.onTheWay.push(
      updated(BOOKING, this.#epochName, this.rev, { rev: this.rev }, this.rev - 1),
    );
  }

  /** A restart: what was on its way is lost; stored history stays, the ring does not. */
  restart(): void {
    this.onTheWay = [];
    this.ring = [];
  }

  /** Stored history was lost: a new epoch, and numbers begin anew. */
  newEpoch(): void {
    this.restart();
    this.epoch += 1;
    this.daySeq = 1;
    this.rev = 1;
  }

  subscribe(topic: string, position: Position | null): void {
    const epoch = this.#epochName;
    const begin = (seq: number, how: Subscribed["how"], data?: unknown) =>
      this.onTheWay.push({
        type: "subscribed",
        topic,
        epoch,
        seq,
        how,
        ...(data === undefined ? {} : { data }),
      });
    if (topic === DAY) {
      const isCurrent = position?.epoch === epoch && position.seq === this.daySeq;
      if (isCurrent) begin(this.daySeq, "resumed");
      else begin(this.daySeq, position === null ? "snapshot" : "reset", { used: this.used });
      return;
    }
    const missed = position === null ? [] : this.ring.filter((rev) => rev > position.seq);
    const isGapless =
      position?.epoch === epoch &&
      missed.length === this.rev - position.seq &&
      position.seq <= this.rev;
    if (!isGapless) {
      begin(this.rev, position === null ? "snapshot" : "reset", { rev: this.rev });
      return;
    }
    begin(position.seq, "resumed");
    for (const rev of missed) {
      this.onTheWay.push(updated(BOOKING, epoch, rev, { rev }, rev - 1));
    }
  }
}

class ModelClient {
  held = new Map<string, Held>();
  applied: string[] = [];

  readonly server: ModelServer;

  constructor(server: ModelServer) {
    this.server = server;
  }

  connect(): void {
    this.server.onTheWay = [];
    for (const topic of [DAY, BOOKING]) {
      const held = this.held.get(topic);
      this.server.subscribe(
        topic,
        held === undefined ? null : { epoch: held.epoch, seq: held.seq },
      );
    }
  }

  hear(message: Message): void {
    if (!("topic" in message) || message.topic === undefined || !("seq" in message)) return;
    const outcome = apply(this.held.get(message.topic) ?? null, message, 0);
    if (outcome.do === "resync") this.server.subscribe(message.topic, null);
    if (outcome.do === "take" || outcome.do === "confirm")
      this.held.set(message.topic, outcome.held);
    if (outcome.do === "take" && message.type === "request-updated") {
      this.applied.push(`${message.epoch}.${message.seq}`);
    }
  }

  arrive(): void {
    const messages = this.server.onTheWay;
    this.server.onTheWay = [];
    messages.forEach((message) => this.hear(message));
  }
}

type Step =
  "change" | "touch" | "arrive" | "lose" | "repeat" | "shuffle" | "reconnect" | "restart" | "epoch";
const STEPS: Step[] = [
  "change",
  "touch",
  "arrive",
  "lose",
  "repeat",
  "shuffle",
  "reconnect",
  "restart",
  "epoch",
];

function take(step: Step, server: ModelServer, client: ModelClient): void {
  const { onTheWay } = server;
  switch (step) {
    case "change":
      server.change();
      break;
    case "touch":
      server.touch();
      break;
    case "arrive":
      client.arrive();
      break;
    case "lose":
      onTheWay.shift();
      break;
    case "repeat":
      if (onTheWay[0] !== undefined) onTheWay.push(onTheWay[0]);
      break;
    case "shuffle":
      onTheWay.reverse();
      break;
    case "reconnect":
      client.connect();
      break;
    case "restart":
      server.restart();
      client.connect();
      break;
    case "epoch":
      server.newEpoch();
      client.connect();
      break;
  }
}

describe("whatever a network and a restart can do", () => {
  it("a client ends with what the server has, hears nothing twice and skips nothing silently", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 80 }), (steps) => {
        const server = new ModelServer();
        const client = new ModelClient(server);
        client.connect();
        for (const step of steps) {
          take(step, server, client);
          const events = client.held.get(BOOKING)?.events ?? [];
          const gaps = events.filter((event, index) => {
            const before = events[index - 1];
            return before !== undefined && event.seq !== before.seq + 1;
          });
          expect(gaps).toEqual([]);
        }

        // Once the network is quiet and the client has come back, nothing is missing.
        client.connect();
        client.arrive();
        client.arrive();
        server.change();
        server.touch();
        client.arrive();
        client.arrive();

        expect(client.held.get(DAY)).toMatchObject({
          seq: server.daySeq,
          data: { used: server.used },
        });
        const booking = client.held.get(BOOKING);
        expect(booking?.seq).toBe(server.rev);
        expect(booking === undefined ? null : shownOf(booking)).toEqual({ rev: server.rev });
        expect(new Set(client.applied).size).toBe(client.applied.length);
      }),
      { numRuns: 400 },
    );
  });
});

describe("a state", () => {
  const held: Held = {
    topic: DAY,
    epoch: "a",
    seq: 5,
    data: { used: 1 },
    events: [],
    at: 0,
  };

  it("that is older or the same is left alone, one of another epoch is taken", () => {
    expect(apply(held, updated(DAY, "a", 5, {}), 1).do).toBe("keep");
    expect(apply(held, updated(DAY, "a", 4, {}), 1).do).toBe("keep");
    expect(apply(held, updated(DAY, "b", 1, {}), 1).do).toBe("take");
  });

  it("that is told anew with the same number replaces what is held: hours may have changed", () => {
    const anew: Subscribed = {
      type: "subscribed",
      topic: DAY,
      epoch: "a",
      seq: 5,
      how: "snapshot",
      data: { used: 2 },
    };

    expect(apply(held, anew, 1)).toMatchObject({ do: "take", held: { data: { used: 2 } } });
  });
});

describe("a log", () => {
  it("asks to begin anew when something is missing, and keeps only so many events", () => {
    let held: Held = {
      topic: BOOKING,
      epoch: "a",
      seq: 0,
      data: { rev: 0 },
      events: [],
      at: 0,
    };
    expect(apply(held, updated(BOOKING, "a", 2, {}, 1), 1).do).toBe("resync");
    expect(apply(held, updated(BOOKING, "b", 1, {}, 0), 1).do).toBe("resync");
    for (let seq = 1; seq <= EVENTS_MAX + 10; seq += 1) {
      const outcome = apply(held, updated(BOOKING, "a", seq, { rev: seq }, seq - 1), seq);
      if (outcome.do === "take") held = outcome.held;
    }
    expect(held.events).toHaveLength(EVENTS_MAX);
    expect(shownOf(held)).toEqual({ rev: EVENTS_MAX + 10 });
  });
});

describe("a log that shows no page", () => {
  const begun = (seq: number): Subscribed => ({
    type: "subscribed",
    topic: "admin:overrides",
    epoch: "e",
    seq,
    how: "reset",
  });

  it("begins with its position alone, and is not asked again", () => {
    const first = apply(null, begun(57), 0);
    expect(first).toMatchObject({ do: "take", held: { seq: 57, data: null } });
    const held = first.do === "take" ? first.held : null;
    expect(apply(held, begun(57), 0).do).toBe("take");
    const news = updated("admin:overrides", "e", 61, { teamId: "t1" }, 57);
    expect(apply(held, news, 0)).toMatchObject({ do: "take", held: { seq: 61 } });
  });

  it("is resumed only where something is held", () => {
    expect(apply(null, { ...begun(57), how: "resumed" }, 0).do).toBe("resync");
  });
});
