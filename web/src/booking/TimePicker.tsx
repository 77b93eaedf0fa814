import {
  Alert,
  Button,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Text,
  VisuallyHidden,
} from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { AsOf } from "../settings/AsOf";
import { ProblemAlert } from "../ui/ProblemAlert";
import { IconCalendarOff, IconZone } from "../ui/icons";
import { useOwnTimeZone } from "../ui/preferences";
import { MonthGrid } from "./MonthGrid";
import { SlotList } from "./SlotList";
import classes from "./TimePicker.module.css";
import {
  type OpenSlot,
  type PlaceDay,
  nearestZone,
  nextOpenDay,
  offsetMinutes,
  placeDays,
  zonesOf,
} from "./availability";
import {
  type Day,
  addDays,
  addMonths,
  dayAt,
  daysBetween,
  firstOfMonth,
  isSameMonth,
} from "./calendar";
import { type Wanted, useAvailability, viewOf } from "./useAvailability";
import { useDayStarts } from "./useDayStarts";
import { useLiveDay } from "./useLiveDay";

export interface PickedTime {
  timeZone: string | undefined;
  date: Day | undefined;
  startsAt: string | undefined;
  teamId: string | undefined;
}

interface Props {
  wanted: Wanted;
  horizonDaysMax: number;
  picked: PickedTime;
  onPick: (picked: PickedTime) => void;
  /** Only the teams of one place: for moving a booking, which stays where it is. */
  onlyZone?: string | undefined;
  /** The start that this tab holds. */
  held?: OpenSlot | undefined;
  /** What is offered on a day that is full. */
  fullDay?: (day: PlaceDay, timeZone: string) => ReactNode;
}

/** How far ahead the first free day is looked for without being asked. */
const LOOK_AHEAD_DAYS = 62;

/** The city of a zone, as people know it. */
export function cityOf(timeZone: string): string {
  return timeZone.split("/").at(-1)?.replaceAll("_", " ") ?? timeZone;
}

/** Place, day, and time of day. */
export function TimePicker(props: Props) {
  const { wanted, horizonDaysMax, picked, onPick, onlyZone, held, fullDay } = props;
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const ownZone = useOwnTimeZone();
  const timesHeading = useRef<HTMLHeadingElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const [isDayChosenHere, setDayChosenHere] = useState(false);

  // Teams may be a day ahead of or behind the person: their own days decide, within the answer.
  const today = dayAt(Date.now(), picked.timeZone ?? ownZone);
  const last = addDays(today, horizonDaysMax);
  const [month, setMonth] = useState(firstOfMonth(picked.date ?? today));
  const view = viewOf(month, today, formats.weekStart());
  const shown = useAvailability(wanted, view);
  const { data: all, error, isPending, isPlaceholderData, refetch, refreshDay } = shown;

  const teamDays = useMemo(
    () => (all ?? []).filter((day) => onlyZone === undefined || day.timeZone === onlyZone),
    [all, onlyZone],
  );
  const zones = zonesOf(teamDays);
  const offsetOf = (zone: string) => offsetMinutes(zone, Date.now());
  const placeZone = zones.includes(picked.timeZone ?? "")
    ? (picked.timeZone ?? ownZone)
    : (nearestZone(zones, ownZone, offsetOf) ?? ownZone);
  const days = useMemo(() => placeDays(teamDays, placeZone), [teamDays, placeZone]);
  const day = picked.date === undefined ? undefined : days.get(picked.date);
  const { shown: starts, lost } = useDayStarts(day, held);
  const lastLost = lost.at(-1);

  useLiveDay(day?.teams ?? [], picked.date, refreshDay);

  useEffect(() => {
    if (isDayChosenHere) timesHeading.current?.focus();
  }, [isDayChosenHere, picked.date]);

  // A start that somebody else got cannot stay chosen.
  useEffect(() => {
    const { startsAt } = picked;
    const isLost = lost.some((start) => Date.parse(start) === Date.parse(startsAt ?? ""));
    if (isLost) onPick({ ...picked, startsAt: undefined, teamId: undefined });
  }, [lost, picked, onPick]);

  // Nobody should have to look for the first day that has something: it is opened by itself.
  const openDays = [...days.values()].filter((one) => one.state === "open");
  const firstOpen = openDays.map((one) => one.date).sort()[0];
  const isLooking = picked.date === undefined && all !== undefined && !isPlaceholderData;
  useEffect(() => {
    if (!isLooking) return;
    if (firstOpen !== undefined) {
      onPick({ timeZone: placeZone, date: firstOpen, startsAt: undefined, teamId: undefined });
      setMonth(firstOfMonth(firstOpen));
      return;
    }
    const next = addMonths(month, 1);
    if (next <= last && daysBetween(today, next) <= LOOK_AHEAD_DAYS) setMonth(next);
  }, [isLooking, firstOpen, placeZone, month, last, today, onPick]);

  const chooseDay = (date: Day) => {
    setDayChosenHere(true);
    onPick({ timeZone: placeZone, date, startsAt: undefined, teamId: undefined });
    if (!isSameMonth(date, month)) setMonth(firstOfMonth(date));
  };
  const chooseSlot = (slot: OpenSlot) =>
    onPick({
      timeZone: placeZone,
      date: picked.date,
      startsAt: slot.startsAt,
      teamId: slot.teamId,
    });

  if (isPending) {
    return (
      <div className={classes.columns} aria-busy="true">
        <Skeleton height={380} radius="lg" />
        <Skeleton height={380} radius="lg" />
      </div>
    );
  }
  if (all === undefined) return <ProblemAlert error={error} onRetry={() => void refetch()} />;

  const next = nextOpenDay(days, picked.date ?? today);
  const hasOpen = [...days.values()].some(
    (one) => one.state === "open" && isSameMonth(one.date, month),
  );
  return (
    <Stack>
      {error === null ? null : <ProblemAlert error={error} onRetry={() => void refetch()} />}
      <Group gap="lg" align="flex-end">
        {zones.length > 1 ? (
          <NativeSelect
            label={t("time.place")}
            value={placeZone}
            data={zones.map((zone) => ({ value: zone, label: cityOf(zone) }))}
            onChange={({ currentTarget: { value } }) =>
              onPick({ timeZone: value, date: undefined, startsAt: undefined, teamId: undefined })
            }
          />
        ) : null}
        <Text size="sm" c="dimmed" className={classes.zone}>
          <IconZone size={18} aria-hidden />
          {placeZone === ownZone
            ? t("time.zone", { zone: formats.zone(placeZone) })
            : t("time.zoneOther", { zone: formats.zone(placeZone), own: cityOf(ownZone) })}
        </Text>
        <AsOf query={shown} />
      </Group>
      <div className={classes.columns}>
        <div ref={grid} className={`surface ${classes.panel}`}>
          <MonthGrid
            month={month}
            chosen={picked.date}
            days={days}
            first={today}
            last={last}
            isLoading={isPlaceholderData}
            onMonth={setMonth}
            onChoose={chooseDay}
          />
          {hasOpen || isPlaceholderData ? null : (
            <Text ta="center" c="dimmed" mt="sm">
              {t("month.nothing")}
            </Text>
          )}
        </div>
        <div className={`surface ${classes.panel}`}>
          {picked.date === undefined || day === undefined ? (
            <Text c="dimmed">{t("time.chooseDay")}</Text>
          ) : day.state === "open" || starts.length > 0 ? (
            <SlotList
              date={picked.date}
              slots={starts}
              chosen={picked.startsAt}
              placeZone={placeZone}
              ownZone={ownZone}
              headingRef={timesHeading}
              onChoose={chooseSlot}
            />
          ) : (
            <Alert
              variant="light"
              color="marigold"
              icon={<IconCalendarOff />}
              title={t(day.state === "full" ? "time.full" : "time.closed", {
                day: formats.day(picked.date),
              })}
              styles={{ message: { color: "inherit" } }}
            >
              <Stack align="flex-start" gap="sm">
                {next === undefined ? null : (
                  <Button variant="default" onClick={() => chooseDay(next)}>
                    {t("time.nextOpen", { day: formats.dayShort(next) })}
                  </Button>
                )}
                {day.state === "full" ? fullDay?.(day, placeZone) : null}
              </Stack>
            </Alert>
          )}
          {picked.date === undefined ? null : (
            <Button
              variant="subtle"
              mt="md"
              px={8}
              onClick={() => grid.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus()}
            >
              {t("time.otherDay")}
            </Button>
          )}
        </div>
      </div>
      <VisuallyHidden role="status">
        {lastLost === undefined ? "" : t("slots.lost", { time: formats.time(lastLost, placeZone) })}
      </VisuallyHidden>
    </Stack>
  );
}
