import { Button, Group, Stack, Text } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconSearch } from "../../ui/icons";
import { useTeams } from "../data/catalog";
import { useRequestPages } from "../data/requests";
import { addDays } from "../lib/days";
import { useToday } from "../lib/useToday";
import { BulkBar } from "./BulkBar";
import { ExportButton } from "./ExportButton";
import { FilterBar } from "./FilterBar";
import { PaymentCounts } from "./PaymentCounts";
import { RequestsTable } from "./RequestsTable";
import { ViewTabs } from "./ViewTabs";
import {
  activeCount,
  NO_FILTER,
  queryOf,
  readFilter,
  type RequestFilter,
  writeFilter,
} from "./filters";

/** Every booking, filtered by what the address says. */
export default function RequestsPage() {
  const { t } = useTranslation(["admin", "common", "payment"]);
  const [params, setParams] = useSearchParams();
  const search = params.toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(search)), [search]);
  const teams = useTeams();
  const team = teams.data?.find(({ id }) => id === filter.teamId) ?? teams.data?.[0];
  const today = useToday(team?.timeZone);
  const query = useMemo(() => queryOf(filter, today, addDays), [filter, today]);

  const pages = useRequestPages(query);
  const rows = useMemo(() => pages.data?.pages.flatMap(({ items }) => items), [pages.data]);

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const setFilter = useCallback(
    (next: RequestFilter) => {
      setSelected(new Set());
      setParams(writeFilter(next), { replace: true });
    },
    [setParams],
  );
  const chosen = useMemo(() => (rows ?? []).filter(({ id }) => selected.has(id)), [rows, selected]);

  return (
    <>
      <PageTitle lead={t("admin:requests.lead")}>{t("admin:page.requests")}</PageTitle>
      <Stack gap="md">
        <ViewTabs filter={filter} onChange={setFilter} />
        <FilterBar
          filter={filter}
          onChange={setFilter}
          isFocused={params.get("focus") === "search"}
        />
        <PaymentCounts filter={filter} onChange={setFilter} />
        <Group justify="space-between" mih={44}>
          <Text role="status" c="dimmed">
            {rows === undefined
              ? t("common:loading")
              : t(pages.hasNextPage ? "admin:requests.more" : "admin:requests.count", {
                  count: rows.length,
                })}
          </Text>
          <ExportButton query={query} />
        </Group>
        {pages.isError ? (
          <ProblemAlert error={pages.error} onRetry={() => void pages.refetch()} />
        ) : rows === undefined ? (
          <PageSkeleton rows={6} />
        ) : rows.length === 0 ? (
          <EmptyState
            icon={IconSearch}
            title={t("admin:requests.none")}
            text={t(
              activeCount(filter) > 0 ? "admin:requests.noneFiltered" : "admin:requests.noneYet",
            )}
          >
            {activeCount(filter) > 0 ? (
              <Button variant="default" onClick={() => setFilter(NO_FILTER)}>
                {t("admin:filter.clear")}
              </Button>
            ) : null}
          </EmptyState>
        ) : (
          <RequestsTable
            rows={rows}
            selected={selected}
            onSelect={setSelected}
            sort={filter.sort}
            onSort={(sort) => setFilter({ ...filter, sort })}
          />
        )}
        {pages.hasNextPage ? (
          <Button
            variant="default"
            mx="auto"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            {t("common:action.showMore")}
          </Button>
        ) : null}
      </Stack>
      <BulkBar chosen={chosen} onClear={() => setSelected(new Set())} />
    </>
  );
}
