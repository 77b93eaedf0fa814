import {
  Anchor,
  Badge,
  Group,
  Progress,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconUsers } from "../../ui/icons";
import { levelOf } from "../board/level";
import { CAPACITY, fetchCapacity } from "../data/capacity";
import { type Team, useTeams } from "../data/catalog";
import { useGathered } from "../data/requests";
import { todayIn } from "../lib/days";
import { useNow } from "../lib/useToday";
import { useAccount } from "../shell/Account";
import { Attention } from "./Attention";
import { summarise, type TeamToday } from "./summary";
import classes from "./today.module.css";

/** How each team stands today, on its own clock, and what wants somebody. */
export default function TodayPage() {
  const { t } = useTranslation("admin");
  const { me } = useAccount();
  const teams = useTeams();
  return (
    <>
      <PageTitle lead={t("today.lead", { name: me.name })}>{t("page.today")}</PageTitle>
      {teams.isError ? (
        <ProblemAlert error={teams.error} onRetry={() => void teams.refetch()} />
      ) : teams.data === undefined ? (
        <PageSkeleton />
      ) : teams.data.length === 0 ? (
        <EmptyState
          icon={IconUsers}
          title={t("board.noTeams.title")}
          text={t("board.noTeams.text")}
        />
      ) : (
        <Today teams={teams.data} />
      )}
    </>
  );
}

function Today({ teams }: { teams: readonly Team[] }) {
  const { t } = useTranslation("admin");
  const nowMs = useNow();
  const days = teams.map(({ timeZone }) => todayIn(timeZone, nowMs));
  const sorted = [...days].sort();
  const [from, to] = [sorted[0] ?? "", sorted.at(-1) ?? ""];
  const requests = useGathered("today", { from, to });
  const open = useGathered("open", { from, status: "pending,held,waitlisted" });
  const capacities = useQueries({
    queries: teams.map(({ id }, index) => {
      const day = days[index] ?? from;
      return {
        queryKey: [CAPACITY, id, day, day],
        queryFn: () => fetchCapacity(id, day, day),
        refetchInterval: REFRESH_MS,
      };
    }),
  });
  const items = requests.data?.items;
  const rows = useMemo(() => {
    const known = teams.map(({ id }, index) => ({
      id,
      day: days[index] ?? from,
      capacity: capacities[index]?.data?.[0],
    }));
    return summarise(known, items ?? [], nowMs);
    // Days follow from teams and the time.
  }, [teams, capacities, items, nowMs, from]);

  return (
    <Stack gap="xl">
      {requests.isError ? (
        <ProblemAlert error={requests.error} onRetry={() => void requests.refetch()} />
      ) : null}
      <Attention rows={rows} requests={items} open={open.data} nowMs={nowMs} />
      <section aria-labelledby="teams-today">
        <Title order={2} id="teams-today" mb="md">
          {t("today.teams")}
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="md">
          {rows.map((row, index) => {
            const team = teams[index];
            return team === undefined ? null : (
              <TeamCard key={row.teamId} team={team} row={row} isLoading={requests.isPending} />
            );
          })}
        </SimpleGrid>
      </section>
    </Stack>
  );
}

/** Numbers of days are read again as often as this; bookings follow the stream. */
const REFRESH_MS = 30_000;

interface CardProps {
  team: Team;
  row: TeamToday;
  isLoading: boolean;
}

function TeamCard({ team, row, isLoading }: CardProps) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const { capacity, day } = row;
  const level = capacity === undefined ? undefined : levelOf(capacity);
  const taken = capacity === undefined ? 0 : capacity.used + capacity.held;
  const figures = [
    { name: "visits", value: row.visits, query: "" },
    { name: "completed", value: row.completed, query: "&status=completed" },
    { name: "late", value: row.late, query: "&status=confirmed,in_progress" },
    { name: "emergencies", value: row.emergencies, query: "&type=emergency" },
  ] as const;
  return (
    <Stack className="surface" p="lg" gap="sm">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={0}>
          <Title order={3}>
            <Anchor
              component={Link}
              to={`/capacity?team=${team.id}&day=${day}`}
              inherit
              c="inherit"
            >
              {team.name}
            </Anchor>
          </Title>
          <Text size="sm" c="dimmed">
            {formats.dayShort(day)}
          </Text>
        </Stack>
        {level === undefined ? null : (
          <Badge
            tt="none"
            size="lg"
            variant="light"
            color={level === "over" ? "red" : level === "full" ? "marigold" : "pine"}
          >
            {t(`level.${level}`)}
          </Badge>
        )}
      </Group>
      {capacity === undefined ? (
        <Skeleton height={48} />
      ) : (
        <Stack gap={6}>
          <Text className="tabular" fz="xl" fw={600}>
            {t("day.ofLimit", {
              used: formats.number(taken),
              limit: formats.number(capacity.limit),
            })}
          </Text>
          <Progress
            value={capacity.limit === 0 ? 0 : Math.min(100, (taken / capacity.limit) * 100)}
            color={level === "over" ? "red" : "pine"}
            aria-label={t("today.booked", { team: team.name })}
          />
        </Stack>
      )}
      <dl className={classes.figures}>
        {figures.map(({ name, value, query }) => (
          <div key={name}>
            <dt>{t(`today.${name}`)}</dt>
            <dd data-alert={(name === "late" && value > 0) || undefined}>
              {isLoading ? (
                <Skeleton height={22} width={32} />
              ) : (
                <Link to={`/requests?team=${team.id}&from=${day}&to=${day}&sort=startsAt${query}`}>
                  {formats.number(value)}
                </Link>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Stack>
  );
}
