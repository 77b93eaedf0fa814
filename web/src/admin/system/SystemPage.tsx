import { Badge, Button, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemError, readProblem } from "../../api";
import { useFormats } from "../../i18n/useFormats";
import { useConnection } from "../../realtime";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconRefresh } from "../../ui/icons";
import classes from "../catalog/catalog.module.css";
import { useNames } from "../data/catalog";
import { useOperations } from "../data/operations";
import { OperationProgress } from "../day/OperationProgress";
import { useCan } from "../shell/Account";
import { readMetrics, routeLoads, sumOf } from "./metrics";

/** How often the numbers are read again while the page is open. */
const READ_EVERY_MS = 10_000;
/** Routes shown: the busiest. */
const ROUTES_SHOWN = 12;

async function readText(path: string): Promise<string> {
  const response = await fetch(path, { cache: "no-store" });
  const text = await response.text();
  if (!response.ok && response.status !== 503) {
    throw new ProblemError(readProblem(response.status, undefined));
  }
  return text;
}

function useText(path: string) {
  return useQuery({
    queryKey: ["admin-system", path],
    queryFn: () => readText(path),
    refetchInterval: READ_EVERY_MS,
  });
}

/** How the server does: whether it lives and is ready, what it is asked, and work in many steps. */
export default function SystemPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const live = useText("/livez");
  const ready = useText("/readyz");
  const metrics = useText("/metrics");
  const connection = useConnection();
  const samples = readMetrics(metrics.data ?? "");
  const routes = routeLoads(samples);
  const isTold = samples.length > 0;
  const told = (value: number) => (isTold ? formats.number(value) : "-");
  const requests = routes.reduce((sum, { count }) => sum + count, 0);
  const failures = routes.reduce((sum, one) => sum + one.failures, 0);
  const refresh = () => [live, ready, metrics].forEach((query) => void query.refetch());
  const state = (text: string | undefined, good: string) =>
    text === undefined ? "unknown" : text.includes(good) ? "good" : "bad";
  const tiles = [
    { name: "live", value: t(`health.${state(live.data, "live")}`) },
    { name: "ready", value: t(`health.${state(ready.data, '"ready"')}`) },
    { name: "stream", value: t(`live.${connection.state}`) },
    {
      name: "connections",
      value: told(sumOf(samples, "daybook_realtime_connections")),
    },
    { name: "topics", value: told(sumOf(samples, "daybook_realtime_topics")) },
    { name: "requests", value: told(requests) },
    { name: "failures", value: told(failures) },
    { name: "build", value: __BUILD_ID__ },
  ] as const;

  return (
    <>
      <Group justify="space-between" align="flex-start">
        <PageTitle lead={t("system.lead")}>{t("page.system")}</PageTitle>
        <Button variant="default" leftSection={<IconRefresh size={18} />} onClick={refresh}>
          {t("system.refresh")}
        </Button>
      </Group>
      <Stack gap="xl">
        {live.isError ? <ProblemAlert error={live.error} onRetry={refresh} /> : null}
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} component="dl" m={0}>
          {tiles.map(({ name, value }) => (
            <Stack key={name} gap={2} className="surface" p="md">
              <Text component="dt" size="sm" c="dimmed">
                {t(`system.${name}`)}
              </Text>
              <Text
                component="dd"
                m={0}
                fz="xl"
                fw={600}
                className="tabular"
                truncate
                title={value}
              >
                {value}
              </Text>
            </Stack>
          ))}
        </SimpleGrid>
        <Operations />
        <section>
          <Title order={2} size="h3" mb="sm">
            {t("system.routes")}
          </Title>
          {metrics.isError || (metrics.data !== undefined && !isTold) ? (
            <Text c="dimmed">{t("system.noMetrics")}</Text>
          ) : (
            <div className={`surface ${classes.frame}`}>
              <Table verticalSpacing="sm" className={classes.table}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("system.route")}</Table.Th>
                    <Table.Th>{t("system.count")}</Table.Th>
                    <Table.Th>{t("system.mean")}</Table.Th>
                    <Table.Th>{t("system.failures")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {routes.slice(0, ROUTES_SHOWN).map((one) => (
                    <Table.Tr key={one.method + one.route}>
                      <Table.Td dir="ltr" style={{ overflowWrap: "anywhere" }}>
                        {one.method} {one.route}
                      </Table.Td>
                      <Table.Td data-label={t("system.count")} className="tabular">
                        {formats.number(one.count)}
                      </Table.Td>
                      <Table.Td data-label={t("system.mean")} className="tabular">
                        {formats.number(one.meanMs, {
                          style: "unit",
                          unit: "millisecond",
                          maximumFractionDigits: 1,
                        })}
                      </Table.Td>
                      <Table.Td data-label={t("system.failures")} className="tabular">
                        {formats.number(one.failures)}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </section>
      </Stack>
    </>
  );
}

/** Work in many steps that somebody ordered, newest first. */
function Operations() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const may = useCan();
  const nameOf = useNames();
  const list = useOperations(may("view-operations"));
  const [openId, setOpenId] = useState<string>();
  return (
    <section>
      <Title order={2} size="h3" mb="sm">
        {t("system.operations")}
      </Title>
      {list.isError ? (
        <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
      ) : (list.data ?? []).length === 0 ? (
        <Text c="dimmed">{t("system.noOperations")}</Text>
      ) : (
        <Stack gap="sm">
          {list.data?.map((one) => (
            <Stack key={one.id} className="surface" p="md" gap="xs">
              <Group justify="space-between">
                <Stack gap={0}>
                  <Text fw={600}>
                    {one.kind === "displace" && "teamId" in one
                      ? t("system.displace", {
                          team: nameOf(one.teamId) ?? one.teamId,
                          day: formats.dayShort(one.date),
                        })
                      : one.kind}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {t("operation.running", { done: one.done, total: one.total })}
                  </Text>
                </Stack>
                <Group gap="xs">
                  <Badge
                    tt="none"
                    variant="light"
                    color={one.state === "done" ? "pine" : "marigold"}
                    size="lg"
                  >
                    {t(one.state === "done" ? "system.done" : "system.running")}
                  </Badge>
                  <Button
                    variant="default"
                    aria-expanded={openId === one.id}
                    onClick={() => setOpenId(openId === one.id ? undefined : one.id)}
                  >
                    {t("system.details")}
                  </Button>
                </Group>
              </Group>
              {openId === one.id ? <OperationProgress id={one.id} /> : null}
            </Stack>
          ))}
        </Stack>
      )}
    </section>
  );
}
