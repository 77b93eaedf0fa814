import { Button, Group, Stack, Title } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { PageSkeleton } from "../../ui/PageSkeleton";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { AuditTrail } from "../audit/AuditTrail";
import { useCapacity } from "../data/capacity";
import type { Team } from "../data/catalog";
import { useGathered } from "../data/requests";
import { IconAdjustments, IconGauge, IconLock, IconLockOpen } from "../lib/icons";
import type { Day } from "../lib/days";
import { useDayInvalidation } from "../live/invalidation";
import { useCan } from "../shell/Account";
import { CloseForm } from "./CloseForm";
import { DayNumbers } from "./DayNumbers";
import { LimitForm } from "./LimitForm";
import { OperationProgress } from "./OperationProgress";
import { OverrideForm } from "./OverrideForm";
import { Overrides } from "./Overrides";
import { Schedule } from "./Schedule";

type Tool = "override" | "limit" | "close";

/** Everything about one team's day: numbers, what can be changed, who is booked, who changed what. */
export function DayPanel({ team, day }: { team: Team; day: Day }) {
  const { t } = useTranslation("admin");
  const may = useCan();
  const [tool, setTool] = useState<Tool>();
  const [operationId, setOperationId] = useState<string>();
  const capacity = useCapacity(team.id, day, day);
  const query = useMemo(() => ({ teamId: team.id, from: day, to: day }), [team.id, day]);
  const requests = useGathered("day", query);
  useDayInvalidation(team.id, day);

  const numbers = capacity.data?.find(({ date }) => date === day);
  const bookings = requests.data?.items ?? [];
  const waiting = bookings.filter(({ status }) => status === "waitlisted");
  const waitingUnits = waiting.reduce((sum, { units }) => sum + units, 0);

  if (capacity.isError) {
    return <ProblemAlert error={capacity.error} onRetry={() => void capacity.refetch()} />;
  }
  if (numbers === undefined) return <PageSkeleton rows={3} />;
  const toggle = (wanted: Tool) => setTool(tool === wanted ? undefined : wanted);
  const form = { team, day: numbers, waitingUnits, onDone: () => setTool(undefined) };

  return (
    <Stack gap="xl">
      <DayNumbers day={numbers} waiting={waiting.length} />
      {may("change-capacity") ? (
        <Stack>
          <Group gap="xs">
            <Button
              variant={tool === "override" ? "filled" : "default"}
              aria-expanded={tool === "override"}
              leftSection={<IconAdjustments size={18} />}
              onClick={() => toggle("override")}
            >
              {t("day.override")}
            </Button>
            <Button
              variant={tool === "limit" ? "filled" : "default"}
              aria-expanded={tool === "limit"}
              leftSection={<IconGauge size={18} />}
              onClick={() => toggle("limit")}
            >
              {t("day.limit")}
            </Button>
            <Button
              variant={tool === "close" ? "filled" : "default"}
              aria-expanded={tool === "close"}
              leftSection={numbers.closed ? <IconLockOpen size={18} /> : <IconLock size={18} />}
              onClick={() => toggle("close")}
            >
              {t(numbers.closed ? "day.open" : "day.close")}
            </Button>
          </Group>
          {tool === "override" ? <OverrideForm {...form} /> : null}
          {tool === "limit" ? <LimitForm {...form} /> : null}
          {tool === "close" ? (
            <CloseForm {...form} bookings={bookings} onOperation={setOperationId} />
          ) : null}
          {operationId === undefined ? null : <OperationProgress id={operationId} />}
        </Stack>
      ) : null}
      <Overrides team={team} day={numbers} />
      <section>
        <Group justify="space-between" mb="sm">
          <Title order={2} size="h3">
            {t("day.bookings")}
          </Title>
          <Button
            component={Link}
            to={`/requests?team=${team.id}&from=${day}&to=${day}&sort=startsAt`}
            variant="subtle"
          >
            {t("day.asTable")}
          </Button>
        </Group>
        {requests.isError ? (
          <ProblemAlert error={requests.error} onRetry={() => void requests.refetch()} />
        ) : (
          <Schedule team={team} day={day} bookings={bookings} isLoading={requests.isPending} />
        )}
      </section>
      {may("view-audit") ? (
        <section>
          <Title order={2} size="h3" mb="sm">
            {t("day.history")}
          </Title>
          <AuditTrail object={`ledger:${team.id}:${day}`} empty={t("day.noHistory")} />
        </section>
      ) : null}
    </Stack>
  );
}
