import { Badge, Button, Group, Stack, Table } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconRefresh } from "../../ui/icons";
import classes from "../catalog/catalog.module.css";
import { EFFECTS } from "../data/effects";
import { type Run, beginRun, useRuns } from "../data/money";
import { IconScale } from "../lib/icons";
import { SidePanel } from "../shell/Dialog";
import { announce } from "../shell/undo";
import { Report } from "./Report";

const COUNTS = ["matched", "fixed", "review", "failed"] as const;

/** Our books beside the provider's: every run, what it found, and one more now. */
export default function ReconciliationPage() {
  const { t } = useTranslation(["office", "admin"]);
  const formats = useFormats();
  const [params, setParams] = useSearchParams();
  const runs = useRuns();
  const queries = useQueryClient();
  const begin = useMutation({
    mutationFn: beginRun,
    onSuccess: (run) => {
      announce(t("office:books.began"));
      setParams({ run: run.id });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [EFFECTS] }),
  });
  const open = runs.data?.find(({ id }) => id === params.get("run"));

  return (
    <>
      <Group justify="space-between" align="flex-start" mb="md">
        <PageTitle lead={t("office:books.lead")}>{t("admin:page.reconciliation")}</PageTitle>
        <Button
          leftSection={<IconRefresh size={18} />}
          loading={begin.isPending}
          onClick={() => begin.mutate()}
        >
          {t("office:books.begin")}
        </Button>
      </Group>
      <Stack>
        {begin.isError ? <ProblemAlert error={begin.error} isFocused /> : null}
        {runs.isError ? (
          <ProblemAlert error={runs.error} onRetry={() => void runs.refetch()} />
        ) : runs.data === undefined ? (
          <PageSkeleton />
        ) : runs.data.length === 0 ? (
          <EmptyState
            icon={IconScale}
            title={t("office:books.none")}
            text={t("office:books.noneText")}
          />
        ) : (
          <RunTable runs={runs.data} onOpen={(run) => setParams({ run: run.id })} />
        )}
      </Stack>
      <SidePanel
        opened={open !== undefined}
        onClose={() => setParams({})}
        title={open === undefined ? "" : t("office:books.report", { day: formats.day(open.day) })}
      >
        {open === undefined ? null : <Report key={open.id} id={open.id} />}
      </SidePanel>
    </>
  );
}

function RunTable({ runs, onOpen }: { runs: readonly Run[]; onOpen: (run: Run) => void }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  return (
    <div className={`surface ${classes.frame}`}>
      <Table verticalSpacing="sm" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("books.day")}</Table.Th>
            <Table.Th>{t("books.kind")}</Table.Th>
            <Table.Th>{t("books.state")}</Table.Th>
            {COUNTS.map((name) => (
              <Table.Th key={name}>{t(`books.${name}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              <Table.Td>
                <button type="button" className={classes.open} onClick={() => onOpen(run)}>
                  {formats.day(run.day)}
                </button>
              </Table.Td>
              <Table.Td data-label={t("books.kind")}>
                {t(run.isNightly ? "books.nightly" : "books.asked")}
              </Table.Td>
              <Table.Td data-label={t("books.state")}>
                <Badge
                  tt="none"
                  variant="light"
                  size="lg"
                  color={run.state === "done" ? "pine" : "marigold"}
                >
                  {t(run.state === "done" ? "books.done" : "books.running")}
                </Badge>
              </Table.Td>
              {COUNTS.map((name) => (
                <Table.Td key={name} data-label={t(`books.${name}`)} className="tabular">
                  {formats.number(run[name])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
