import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { SlotList, offsetOf, twiceSaid } from "../../../src/booking/SlotList";

const BERLIN = "Europe/Berlin";
/** The night of 31 October 2027 has 25 hours: it is half past two twice. */
const NIGHT = [
  "2027-10-31T01:30:00+02:00",
  "2027-10-31T02:30:00+02:00",
  "2027-10-31T02:30:00+01:00",
  "2027-10-31T03:30:00+01:00",
];

it("a time that comes twice is told apart, and no other", () => {
  const timeOf = (start: string) =>
    new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: BERLIN }).format(
      Date.parse(start),
    );
  expect([...twiceSaid(NIGHT, timeOf)]).toEqual(NIGHT.slice(1, 3));
  expect(NIGHT.map((start) => offsetOf(start, BERLIN))).toEqual([
    "GMT+2",
    "GMT+2",
    "GMT+1",
    "GMT+1",
  ]);
});

it("the list says the offset beside each of the two", () => {
  const slots = NIGHT.map((startsAt) => ({
    startsAt,
    endsAt: startsAt,
    teamId: "team",
    remaining: 1,
    price: undefined,
    isTaken: false,
  }));
  render(
    <MantineProvider>
      <SlotList
        date="2027-10-31"
        slots={slots}
        chosen={undefined}
        placeZone={BERLIN}
        ownZone={BERLIN}
        onChoose={vi.fn()}
      />
    </MantineProvider>,
  );
  const names = screen.getAllByRole("radio").map((radio) => radio.closest("label")?.textContent);
  expect(names.map((name) => /GMT[+]./.exec(name ?? "")?.[0])).toEqual([
    undefined,
    "GMT+2",
    "GMT+1",
    undefined,
  ]);
});
