import { Alert, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { Utilisation } from "../capacity/Utilisation";
import classes from "../catalog/catalog.module.css";
import { CAPACITY, fetchCapacity } from "../data/capacity";
import { type Team, useTeams } from "../data/catalog";
import { useGathered } from "../data/requests";
import { addDays, daysFrom } from "../lib/days";
import { useToday } from "../lib/useToday";
import { Columns } from "./Columns";
import { FigureTable } from "./FigureTable";
import { addUp, currenciesOf, figuresOf } from "./figures";

/** Days shown at once: four weeks. */
const SPAN_DAYS = 28;
const SPANS = ["past", "ahead"] as const;
const FALLBACK_CURRENCY = "EUR";

/** How full the days are, what they bring in, and how often nobody is met. */
export default function FiguresPage() {
  const { t } = useTranslation(["office", "admin"]);
  const teams = useTeams();
  return (
    <>
      <PageTitle lead={t("office:figures.lead")}>{t("admin:page.figures")}</PageTitle>
      {teams.isError ? (
        <ProblemAlert error={teams.error} onRetry={() => void teams.refetch()} />
      ) : teams.data === undefined ? (
        <PageSkeleton />
      ) : (
        <Figures teams={teams.data} />
      )}
    </>
  );
}

function Figures({ teams }: { teams: readonly Team[] }) {
  const { t } = useTranslation(["office", "admin"]);
  const [params, setParams] = useSearchParams();
  const span = SPANS.find((one) => one === params.get("span")) ?? "past";
  const team = teams.find(({ id }) => id === params.get("team"));
  const put = (name: string, value: string | null) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const today = useToday((team ?? teams[0])?.timeZone);
  const from = span === "past" ? addDays(today, 1 - SPAN_DAYS) : today;

  return (
    <Stack gap="lg">
      <Group align="flex-end">
        <SegmentedControl
          aria-label={t("office:figures.span")}
          data={SPANS.map((one) => ({ value: one, label: t(`office:figures.${one}`) }))}
          value={span}
          onChange={(next) => put("span", next === "past" ? null : next)}
          className={classes.choice}
        />
        <Select
          label={t("admin:filter.team")}
          placeholder={t("admin:filter.anyTeam")}
          data={teams.map(({ id, name }) => ({ value: id, label: name }))}
          value={team?.id ?? null}
          onChange={(id) => put("team", id)}
          clearable
          searchable
          miw={220}
          clearButtonProps={{ "aria-label": t("admin:filter.anyTeam") }}
        />
      </Group>
      <Charts
        teams={team === undefined ? teams : [team]}
        teamId={team?.id}
        from={from}
        span={span}
      />
    </Stack>
  );
}

interface ChartsProps {
  teams: readonly Team[];
  teamId: string | undefined;
  from: string;
  span: (typeof SPANS)[number];
}

function Charts({ teams, teamId, from, span }: ChartsProps) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const to = addDays(from, SPAN_DAYS - 1);
  const requests = useGathered("figures", { from, to, teamId });
  const capacities = useQueries({
    queries: teams.map(({ id }) => ({
      queryKey: [CAPACITY, id, from, to],
      queryFn: () => fetchCapacity(id, from, to),
    })),
  });
  const items = requests.data?.items;
  const currency = currenciesOf(items ?? [])[0] ?? FALLBACK_CURRENCY;
  const rows = useMemo(
    () => figuresOf(items ?? [], daysFrom(from, SPAN_DAYS), currency),
    [items, from, currency],
  );
  const failed = requests.error ?? capacities.find(({ error }) => error !== null)?.error ?? null;
  const readAgain = () => {
    void requests.refetch();
    capacities.forEach((one) => void one.refetch());
  };
  if (failed !== null) return <ProblemAlert error={failed} onRetry={readAgain} />;
  if (items === undefined || capacities.some(({ data }) => data === undefined)) {
    return <PageSkeleton rows={6} />;
  }

  const days = addUp(capacities.map(({ data }) => data ?? []));
  const sum = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((all, row) => all + of(row), 0);
  const [settled, open] = [sum((row) => row.settled), sum((row) => row.open)];
  const [missed, over] = [sum((row) => row.missed), sum((row) => row.completed + row.missed)];
  const isMixed = items.some(({ price }) => price.currency !== currency);

  return (
    <Stack gap="lg">
      {requests.data?.hasMore === true ? (
        <Alert color="marigold" variant="light">
          {t("figures.tooMany")}
        </Alert>
      ) : null}
      <section className="surface">
        <Stack p="lg">
          <Utilisation days={days} />
        </Stack>
      </section>
      <section className="surface">
        <Stack p="lg">
          <Columns
            title={t("figures.revenue")}
            sum={t("figures.revenueSum", {
              settled: formats.money({ amount: settled, currency }),
              open: formats.money({ amount: open, currency }),
            })}
            parts={[
              { name: t("figures.settled"), look: "solid" },
              { name: t("figures.open"), look: "soft" },
            ]}
            columns={rows.map((row) => ({ day: row.day, values: [row.settled, row.open] }))}
          />
          {isMixed ? (
            <Text size="sm" c="dimmed">
              {t("figures.mixed", { currency })}
            </Text>
          ) : null}
        </Stack>
      </section>
      {/* Whom nobody will meet is not known beforehand. */}
      {span === "past" ? (
        <section className="surface">
          <Stack p="lg">
            <Columns
              title={t("figures.missed")}
              sum={t("figures.missedSum", {
                share: formats.percent(over === 0 ? 0 : missed / over),
                missed: formats.number(missed),
                over: formats.number(over),
              })}
              parts={[
                { name: t("figures.notMet"), look: "alert" },
                { name: t("figures.completed"), look: "soft" },
              ]}
              columns={rows.map((row) => ({ day: row.day, values: [row.missed, row.completed] }))}
            />
          </Stack>
        </section>
      ) : null}
      <FigureTable rows={rows} days={days} currency={currency} />
    </Stack>
  );
}
