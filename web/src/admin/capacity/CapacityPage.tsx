import { Badge, Button, Group, Select, Stack, Table, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconChevronLeft, IconChevronRight } from "../../ui/icons";
import { levelOf } from "../board/level";
import classes from "../catalog/catalog.module.css";
import { type CapacityDay, useCapacity } from "../data/capacity";
import { type Team, useTeams } from "../data/catalog";
import { DayDrawer } from "../day/DayDrawer";
import { addDays, isDay } from "../lib/days";
import { useToday } from "../lib/useToday";
import { Utilisation } from "./Utilisation";

/** Days shown at once: four weeks. */
const SPAN_DAYS = 28;

/** What one team's days take, and how full they are. */
export default function CapacityPage() {
  const { t } = useTranslation("admin");
  const teams = useTeams();
  return (
    <>
      <PageTitle lead={t("capacity.lead")}>{t("page.capacity")}</PageTitle>
      {teams.isError ? (
        <ProblemAlert error={teams.error} onRetry={() => void teams.refetch()} />
      ) : teams.data === undefined ? (
        <PageSkeleton />
      ) : (
        <Days teams={teams.data} />
      )}
    </>
  );
}

function Days({ teams }: { teams: readonly Team[] }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const [params, setParams] = useSearchParams();
  const team = teams.find(({ id }) => id === params.get("team")) ?? teams[0];
  const today = useToday(team?.timeZone);
  const asked = params.get("from") ?? "";
  const from = isDay(asked) ? asked : today;
  const to = addDays(from, SPAN_DAYS - 1);
  const capacity = useCapacity(team?.id, from, to);
  const openDay = params.get("day");
  const put = (name: string, value: string | null) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: name !== "day" },
    );
  const days = useMemo(() => capacity.data ?? [], [capacity.data]);

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end">
        <Select
          label={t("board.team")}
          data={teams.map(({ id, name }) => ({ value: id, label: name }))}
          value={team?.id ?? null}
          onChange={(id) => put("team", id)}
          allowDeselect={false}
          searchable
          miw={240}
        />
        <Group gap="xs" role="group" aria-label={t("board.days")}>
          <Button
            variant="default"
            px="sm"
            aria-label={t("board.earlier")}
            onClick={() => put("from", addDays(from, -SPAN_DAYS))}
          >
            <IconChevronLeft className="flip" />
          </Button>
          <Button variant="default" disabled={from === today} onClick={() => put("from", null)}>
            {t("board.today")}
          </Button>
          <Button
            variant="default"
            px="sm"
            aria-label={t("board.later")}
            onClick={() => put("from", addDays(from, SPAN_DAYS))}
          >
            <IconChevronRight className="flip" />
          </Button>
          <Text fw={600} aria-live="polite">
            {formats.dayShort(from)} - {formats.dayShort(to)}
          </Text>
        </Group>
      </Group>
      {capacity.isError ? (
        <ProblemAlert error={capacity.error} onRetry={() => void capacity.refetch()} />
      ) : capacity.isPending ? (
        <PageSkeleton />
      ) : (
        <>
          <section className="surface">
            <Stack p="lg">
              <Utilisation days={days} />
            </Stack>
          </section>
          <DayTable days={days} today={today} onOpen={(day) => put("day", day)} />
        </>
      )}
      {team !== undefined && openDay !== null && isDay(openDay) ? (
        <DayDrawer team={team} day={openDay} onClose={() => put("day", null)} />
      ) : null}
    </Stack>
  );
}

interface TableProps {
  days: readonly CapacityDay[];
  today: string;
  onOpen: (day: string) => void;
}

function DayTable({ days, today, onOpen }: TableProps) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  return (
    <div className={`surface ${classes.frame}`}>
      <Table verticalSpacing="sm" highlightOnHover className={classes.table}>
        <Table.Caption>{t("capacity.caption")}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("board.day")}</Table.Th>
            <Table.Th>{t("day.booked")}</Table.Th>
            <Table.Th>{t("day.free")}</Table.Th>
            <Table.Th>{t("effect.limit")}</Table.Th>
            <Table.Th>{t("limit.reserve")}</Table.Th>
            <Table.Th>{t("day.overrides")}</Table.Th>
            <Table.Th>{t("board.state")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days.map((day) => {
            const level = levelOf(day);
            const overrides = day.overrides.reduce((sum, { delta }) => sum + delta, 0);
            return (
              <Table.Tr key={day.date} aria-current={day.date === today ? "date" : undefined}>
                <Table.Td>
                  <button type="button" className={classes.open} onClick={() => onOpen(day.date)}>
                    {formats.dayShort(day.date)}
                  </button>
                </Table.Td>
                <Table.Td data-label={t("day.booked")} className="tabular">
                  {formats.number(day.used + day.held)}
                </Table.Td>
                <Table.Td data-label={t("day.free")} className="tabular">
                  {formats.number(day.remaining)}
                </Table.Td>
                <Table.Td data-label={t("effect.limit")} className="tabular">
                  {formats.number(day.limit)}
                  {day.inherited ? null : (
                    <Text span size="sm" c="dimmed">
                      {" "}
                      {t("capacity.own")}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td data-label={t("limit.reserve")} className="tabular">
                  {formats.number(day.reserve)}
                </Table.Td>
                <Table.Td data-label={t("day.overrides")} className="tabular">
                  {day.overrides.length === 0
                    ? "-"
                    : formats.number(overrides, { signDisplay: "always" })}
                </Table.Td>
                <Table.Td data-label={t("board.state")}>
                  <Badge
                    tt="none"
                    size="lg"
                    variant="light"
                    color={level === "over" ? "red" : level === "full" ? "marigold" : "pine"}
                  >
                    {t(`level.${level}`)}
                  </Badge>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}
