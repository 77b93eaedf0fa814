import { Text, Title } from "@mantine/core";
import { type RefObject, useId } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import classes from "./SlotList.module.css";
import type { OpenSlot } from "./availability";
import type { Day } from "./calendar";

/** A start as the list shows it: open, or just taken by somebody else. */
export interface ShownSlot extends OpenSlot {
  isTaken: boolean;
}

interface Props {
  date: Day;
  slots: readonly ShownSlot[];
  chosen: string | undefined;
  /** Zone of the place, in which the times are said. */
  placeZone: string;
  ownZone: string;
  headingRef?: RefObject<HTMLHeadingElement | null>;
  onChoose: (slot: OpenSlot) => void;
}

const NOON = 12;
const EVENING = 17;

type Part = "morning" | "afternoon" | "evening";
const PARTS: Part[] = ["morning", "afternoon", "evening"];

function partOf(slot: OpenSlot, zone: string): Part {
  const format = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    hour12: false,
    timeZone: zone,
  });
  const hour = Number(format.format(new Date(slot.startsAt)));
  if (hour < NOON) return "morning";
  return hour < EVENING ? "afternoon" : "evening";
}

/** Starts whose time of day comes twice that day, as in the night in which clocks go back. */
export function twiceSaid(
  starts: readonly string[],
  timeOf: (start: string) => string,
): ReadonlySet<string> {
  const times = starts.map(timeOf);
  const isTwice = (time: string) => times.indexOf(time) !== times.lastIndexOf(time);
  return new Set(starts.filter((_, index) => isTwice(times[index] ?? "")));
}

/** The offset of a zone at an instant, as in `GMT+2`. */
export function offsetOf(start: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "shortOffset" });
  const parts = format.formatToParts(Date.parse(start));
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** The starts of a day as radio buttons. What is taken meanwhile stays in its place, and says so. */
export function SlotList(props: Props) {
  const { date, slots, chosen, placeZone, ownZone, headingRef, onChoose } = props;
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const name = useId();

  const prices = new Set(slots.map((slot) => slot.price?.amount));
  const first = slots[0]?.price;
  const isSameClock = slots.every(
    (slot) => formats.time(slot.startsAt, placeZone) === formats.time(slot.startsAt, ownZone),
  );

  const twice = twiceSaid(
    slots.map((slot) => slot.startsAt),
    (start) => formats.time(start, placeZone),
  );

  const slotLabel = (slot: ShownSlot) => {
    const isChosen = chosen !== undefined && Date.parse(chosen) === Date.parse(slot.startsAt);
    return (
      <label key={slot.startsAt} className={classes.slot} data-taken={slot.isTaken}>
        <input
          type="radio"
          name={name}
          value={slot.startsAt}
          checked={isChosen && !slot.isTaken}
          disabled={slot.isTaken}
          onChange={() => onChoose(slot)}
        />
        <span className={classes.time}>{formats.time(slot.startsAt, placeZone)}</span>
        {twice.has(slot.startsAt) ? (
          <span className={classes.note}>
            <bdi>{offsetOf(slot.startsAt, placeZone)}</bdi>
          </span>
        ) : null}
        {slot.isTaken ? <span className={classes.note}>{t("slots.taken")}</span> : null}
        {!slot.isTaken && prices.size > 1 && slot.price !== undefined ? (
          <span className={classes.note}>{formats.money(slot.price)}</span>
        ) : null}
        {isSameClock ? null : (
          <span className={classes.note}>
            {t("slots.yourTime", { time: formats.time(slot.startsAt, ownZone) })}
          </span>
        )}
      </label>
    );
  };

  return (
    <fieldset className={classes.slots}>
      <legend>
        <Title order={3} ref={headingRef} tabIndex={-1}>
          {formats.day(date)}
        </Title>
      </legend>
      {prices.size === 1 && first !== undefined ? (
        <Text size="sm" c="dimmed">
          {t("slots.eachPrice", { price: formats.money(first) })}
        </Text>
      ) : null}
      {PARTS.map((part) => {
        const inPart = slots.filter((slot) => partOf(slot, placeZone) === part);
        if (inPart.length === 0) return null;
        return (
          <div key={part} role="group" aria-labelledby={`${name}-${part}`}>
            <Text size="sm" fw={600} c="dimmed" id={`${name}-${part}`} mb={6}>
              {t(`slots.${part}`)}
            </Text>
            <div className={classes.row}>{inPart.map(slotLabel)}</div>
          </div>
        );
      })}
    </fieldset>
  );
}
