import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BASE_MS, CAP_MS, after, type End } from "../../../src/realtime/reconnect";
import { StreamReader, readFrame } from "../../../src/realtime/wire";

const half = () => 0.5;

function closed(code: number, windowMs: [number, number] | null = null): End {
  return { type: "closed", code, windowMs };
}

describe("the end of a connection", () => {
  it.each([4001, 4003, 4009, 4010, 4042])("with %i keeps away", (code) => {
    expect(after(closed(code), 0, half)).toEqual({ do: "stay-away", code });
  });

  it.each([4100, 4101, 4110, 4199, 1006, 1011, 4300])("with %i comes back with backoff", (code) => {
    expect(after(closed(code), 3, half)).toMatchObject({ do: "retry", delayMs: BASE_MS * 4 });
  });

  it("with 4101 shows a new ticket", () => {
    expect(after(closed(4101), 0, half)).toMatchObject({ needsTicket: true });
    expect(after(closed(4100), 0, half)).toMatchObject({ needsTicket: false });
  });

  it("with 42xx comes back soon, and within the window when one is named", () => {
    expect(after(closed(4201), 0, half)).toMatchObject({ delayMs: BASE_MS / 2 });
    expect(after(closed(4200, [0, 8_000]), 5, half)).toMatchObject({ delayMs: 4_000 });
    expect(after(closed(4200, [2_000, 3_000]), 0, () => 0)).toMatchObject({ delayMs: 2_000 });
  });

  it("is never answered later than the cap, nor by more than the doubled base", () => {
    const chance = fc.double({ min: 0, max: 0.999_999, noNaN: true });
    fc.assert(
      fc.property(fc.nat(1_000), chance, (failures, random) => {
        const next = after({ type: "unreachable" }, failures, () => random);

        expect(next.do).toBe("retry");
        if (next.do !== "retry") return;
        expect(next.delayMs).toBeLessThanOrEqual(Math.min(CAP_MS, BASE_MS * 2 ** failures));
      }),
    );
  });
});

describe("an event stream", () => {
  const text =
    'retry: 1200\n\nevent: hello\ndata: {"type":"hello"}\n\n: alive\n\nevent: notice-updated\n' +
    'data: {"type":"notice-updated"}\nid: n1.42\n\n';

  it("reads the same whatever pieces it comes in", () => {
    const whole = new StreamReader().push(text);
    expect(whole).toEqual([
      { data: '{"type":"hello"}', id: null },
      { data: '{"type":"notice-updated"}', id: "n1.42" },
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
        const reader = new StreamReader();
        const events = [];
        let from = 0;
        for (let index = 0; from < text.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1;
          events.push(...reader.push(text.slice(from, from + size)));
          from += size;
        }
        expect(events).toEqual(whole);
      }),
    );
  });

  it("joins lines of data, and takes either end of line", () => {
    expect(new StreamReader().push("data: a\r\ndata: b\r\n\r\n")).toEqual([
      { data: "a\nb", id: null },
    ]);
  });
});

describe("a frame", () => {
  it("holds one message or several, and hides what we do not know", () => {
    expect(readFrame('{"type":"ping"}')).toEqual([{ type: "ping" }]);
    expect(readFrame('[{"type":"ping"},{"type":"from-the-future"},3]')).toEqual([{ type: "ping" }]);
    expect(readFrame("not json")).toEqual([]);
  });
});
