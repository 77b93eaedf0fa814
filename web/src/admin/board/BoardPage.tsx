import { Button, Group, MultiSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconCalendarOff, IconChevronLeft, IconChevronRight } from "../../ui/icons";
import { DayDrawer } from "../day/DayDrawer";
import { type Team, useTeams } from "../data/catalog";
import { IconGrid, IconTable } from "../lib/icons";
import { addDays, daysFrom } from "../lib/days";
import { useToday } from "../lib/useToday";
import { useCan } from "../shell/Account";
import { BoardGrid } from "./BoardGrid";
import { BoardTable } from "./BoardTable";
import { Legend } from "./Legend";
import classes from "./board.module.css";
import { useBoardFeed } from "./feed";
import { boardStore } from "./shared";
import { SPANS, readBoard, writeBoard } from "./state";
import { useCellWords, useHeadings } from "./useWords";

/** Every team on every day, as it fills. */
export default function BoardPage() {
  const { t } = useTranslation("admin");
  const teams = useTeams();
  return (
    <>
      <PageTitle lead={t("board.lead")}>{t("page.board")}</PageTitle>
      {teams.isError ? (
        <ProblemAlert error={teams.error} onRetry={() => void teams.refetch()} />
      ) : teams.data === undefined ? (
        <PageSkeleton />
      ) : teams.data.length === 0 ? (
        <EmptyState
          icon={IconCalendarOff}
          title={t("board.noTeams.title")}
          text={t("board.noTeams.text")}
        />
      ) : (
        <Board all={teams.data} />
      )}
    </>
  );
}

function Board({ all }: { all: readonly Team[] }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const may = useCan();
  const today = useToday(all[0]?.timeZone);
  const [params, setParams] = useSearchParams();
  const board = readBoard(params, today);
  const set = (change: Partial<typeof board>) =>
    setParams(writeBoard({ ...board, ...change }, today), { replace: true });

  const chosen = board.teamIds.join();
  const teams = useMemo(
    () => all.filter(({ id }) => chosen === "" || chosen.includes(id)),
    [all, chosen],
  );
  const days = useMemo(() => daysFrom(board.from, board.span), [board.from, board.span]);
  const teamIds = useMemo(() => teams.map(({ id }) => id), [teams]);
  const feed = useBoardFeed(boardStore, { teamIds, days }, may("change-capacity"));
  const words = useCellWords();
  const headings = useHeadings(days, today);
  const openDay = useMemo(
    () => (team: string, day: string) =>
      setParams((now) => {
        const next = new URLSearchParams(now);
        next.set("team", team);
        next.set("day", day);
        return next;
      }),
    [setParams],
  );
  const team = all.find(({ id }) => id === board.openTeam);

  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Group gap="xs" role="group" aria-label={t("board.days")}>
          <Button
            variant="default"
            px="sm"
            aria-label={t("board.earlier")}
            onClick={() => set({ from: addDays(board.from, -board.span) })}
          >
            <IconChevronLeft className="flip" />
          </Button>
          <Button
            variant="default"
            disabled={board.from === today}
            onClick={() => set({ from: today })}
          >
            {t("board.today")}
          </Button>
          <Button
            variant="default"
            px="sm"
            aria-label={t("board.later")}
            onClick={() => set({ from: addDays(board.from, board.span) })}
          >
            <IconChevronRight className="flip" />
          </Button>
          <Text fw={600} ms="xs" aria-live="polite">
            {formats.dayShort(board.from)} - {formats.dayShort(addDays(board.from, board.span - 1))}
          </Text>
        </Group>
        <Group gap="sm" align="flex-end" maw="100%">
          <MultiSelect
            aria-label={t("board.teams")}
            placeholder={board.teamIds.length === 0 ? t("board.allTeams") : ""}
            data={all.map(({ id, name }) => ({ value: id, label: name }))}
            value={[...board.teamIds]}
            onChange={(next) => set({ teamIds: next })}
            w={260}
            size="md"
            clearable
            clearButtonProps={{ "aria-label": t("board.allTeams") }}
          />
          <SegmentedControl
            aria-label={t("board.span")}
            size="md"
            className={classes.choice}
            data={SPANS.map((span) => ({
              value: String(span),
              label: t("board.nDays", { count: span }),
            }))}
            value={String(board.span)}
            onChange={(span) => set({ span: Number(span) })}
          />
          <SegmentedControl
            aria-label={t("board.look")}
            size="md"
            className={classes.choice}
            data={[
              { value: "grid", label: <LookLabel icon={IconGrid} text={t("board.asGrid")} /> },
              { value: "table", label: <LookLabel icon={IconTable} text={t("board.asTable")} /> },
            ]}
            value={board.look}
            onChange={(look) => set({ look: look === "table" ? "table" : "grid" })}
          />
        </Group>
      </Group>
      {feed.error === undefined ? null : <ProblemAlert error={feed.error} onRetry={feed.retry} />}
      {board.look === "grid" ? (
        <>
          <BoardGrid
            store={boardStore}
            teams={teams}
            headings={headings}
            words={words}
            label={t("board.label")}
            teamHeading={t("board.team")}
            onOpen={openDay}
          />
          <Legend words={words} />
        </>
      ) : (
        <BoardTable store={boardStore} teams={teams} days={days} words={words} onOpen={openDay} />
      )}
      {team === undefined || board.openDay === undefined ? null : (
        <DayDrawer
          team={team}
          day={board.openDay}
          onClose={() => set({ openTeam: undefined, openDay: undefined })}
        />
      )}
    </Stack>
  );
}

function LookLabel({ icon: Icon, text }: { icon: typeof IconGrid; text: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Icon size={18} />
      {text}
    </Group>
  );
}
