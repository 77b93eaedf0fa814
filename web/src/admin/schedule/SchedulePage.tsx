import { Badge, Button, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { useOwnTimeZone } from "../../ui/preferences";
import classes from "../catalog/catalog.module.css";
import { EFFECTS } from "../data/effects";
import { type Job, runJob, useJobs } from "../data/schedule";
import { useCan } from "../shell/Account";
import { SidePanel } from "../shell/Dialog";
import { announce } from "../shell/undo";
import { JobPanel } from "./JobPanel";
import { runColor, useJobWords } from "./words";

/** Work that comes back by the clock: next and last times, what became of them, and "now". */
export default function SchedulePage() {
  const { t } = useTranslation(["office", "admin"]);
  const [params, setParams] = useSearchParams();
  const jobs = useJobs();
  const words = useJobWords();
  const open = jobs.data?.find(({ name }) => name === params.get("job"));

  return (
    <>
      <PageTitle lead={t("office:schedule.lead")}>{t("admin:page.schedule")}</PageTitle>
      {jobs.isError ? (
        <ProblemAlert error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : jobs.data === undefined ? (
        <PageSkeleton />
      ) : (
        <JobTable jobs={jobs.data} onOpen={(job) => setParams({ job: job.name })} />
      )}
      <SidePanel
        opened={open !== undefined}
        onClose={() => setParams({})}
        title={open === undefined ? "" : words.job(open.name)}
      >
        {open === undefined ? null : <JobPanel key={open.name} job={open} />}
      </SidePanel>
    </>
  );
}

function JobTable({ jobs, onOpen }: { jobs: readonly Job[]; onOpen: (job: Job) => void }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const words = useJobWords();
  const canRun = useCan()("tend-schedule");
  const queries = useQueryClient();
  const run = useMutation({
    mutationFn: (job: Job) => runJob(job.name),
    onSuccess: (_answer, job) => announce(t("schedule.ordered", { name: words.job(job.name) })),
    onSettled: () => queries.invalidateQueries({ queryKey: [EFFECTS] }),
  });

  return (
    <Stack>
      {run.isError ? <ProblemAlert error={run.error} isFocused /> : null}
      <div className={`surface ${classes.frame}`}>
        <Table verticalSpacing="sm" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("schedule.job")}</Table.Th>
              <Table.Th>{t("schedule.when")}</Table.Th>
              <Table.Th>{t("schedule.next")}</Table.Th>
              <Table.Th>{t("schedule.last")}</Table.Th>
              {canRun ? <Table.Th>{t("schedule.run")}</Table.Th> : null}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {jobs.map((job) => {
              const last = job.lastDecision;
              return (
                <Table.Tr key={job.name}>
                  <Table.Td>
                    <button type="button" className={classes.open} onClick={() => onOpen(job)}>
                      {words.job(job.name)}
                    </button>
                  </Table.Td>
                  <Table.Td data-label={t("schedule.when")}>
                    <Text span dir="ltr" ff="monospace" size="sm">
                      {job.schedule}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {formats.zone(job.timeZone)}
                    </Text>
                  </Table.Td>
                  <Table.Td data-label={t("schedule.next")}>
                    {job.nextRunAt == null
                      ? t("schedule.off")
                      : formats.dateTime(job.nextRunAt, zone)}
                  </Table.Td>
                  <Table.Td data-label={t("schedule.last")}>
                    {last == null ? (
                      t("schedule.never")
                    ) : (
                      <Stack gap={2} align="flex-start">
                        <Badge tt="none" variant="light" size="lg" color={runColor(last)}>
                          {words.run(last)}
                        </Badge>
                        <Text span size="sm" c="dimmed">
                          {formats.dateTime(last.scheduledFor, zone)}
                        </Text>
                      </Stack>
                    )}
                  </Table.Td>
                  {canRun ? (
                    <Table.Td>
                      <Button
                        variant="default"
                        loading={run.isPending && run.variables.name === job.name}
                        onClick={() => run.mutate(job)}
                        aria-label={t("schedule.runOne", { name: words.job(job.name) })}
                      >
                        {t("schedule.run")}
                      </Button>
                    </Table.Td>
                  ) : null}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  );
}
