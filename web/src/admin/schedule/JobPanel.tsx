import { Badge, Button, Group, Select, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { useOwnTimeZone } from "../../ui/preferences";
import { fieldErrors, withoutFields } from "../catalog/entity";
import { AUDIT } from "../data/audit";
import { EFFECTS } from "../data/effects";
import { type Job, type JobFields, type JobRun, saveJob, useJob } from "../data/schedule";
import { useCan } from "../shell/Account";
import { announce } from "../shell/undo";
import { runColor, useJobWords } from "./words";

/** One job: when it runs, for those who may change that, and what became of its times. */
export function JobPanel({ job }: { job: Job }) {
  const { t } = useTranslation("office");
  const detail = useJob(job.name);
  const may = useCan();
  return (
    <Stack gap="xl">
      {may("tend-schedule") ? <JobForm key={job.rev} job={job} /> : null}
      <section>
        <Title order={3} size="h4" mb="sm">
          {t("schedule.runs")}
        </Title>
        {detail.isError ? (
          <ProblemAlert error={detail.error} onRetry={() => void detail.refetch()} />
        ) : detail.data === undefined ? (
          <PageSkeleton rows={2} />
        ) : detail.data.runs.length === 0 ? (
          <Text c="dimmed">{t("schedule.never")}</Text>
        ) : (
          <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
            {detail.data.runs.map((run) => (
              <RunLine key={`${run.scheduledFor} ${run.isManual}`} run={run} />
            ))}
          </Stack>
        )}
      </section>
    </Stack>
  );
}

function RunLine({ run }: { run: JobRun }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const words = useJobWords();
  const facts = [
    ...(run.isManual ? [t("schedule.manual")] : []),
    ...(run.tries > 0 ? [t("schedule.tries", { count: run.tries })] : []),
  ];
  return (
    <li className="surface">
      <Stack p="md" gap={4}>
        <Group justify="space-between">
          <Text fw={600}>{formats.dateTime(run.scheduledFor, zone)}</Text>
          <Badge tt="none" variant="light" size="lg" color={runColor(run)}>
            {words.run(run)}
          </Badge>
        </Group>
        {facts.length === 0 ? null : (
          <Text size="sm" c="dimmed">
            {formats.list(facts)}
          </Text>
        )}
        {run.detail == null ? null : (
          <Text size="sm" lang="en" dir="ltr" style={{ overflowWrap: "anywhere" }}>
            {run.detail}
          </Text>
        )}
      </Stack>
    </li>
  );
}

function JobForm({ job }: { job: Job }) {
  const { t } = useTranslation("office");
  const words = useJobWords();
  const queries = useQueryClient();
  const { schedule, timeZone, isActive } = job;
  const form = useForm<JobFields>({ initialValues: { schedule, timeZone, isActive } });
  const save = useMutation({
    mutationFn: (values: JobFields) => saveJob(job, values),
    onSuccess: () => announce(t("schedule.saved", { name: words.job(job.name) })),
    onError: (error) => form.setErrors(fieldErrors(error)),
    onSettled: () => {
      for (const name of [EFFECTS, AUDIT]) void queries.invalidateQueries({ queryKey: [name] });
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack>
        {save.isError ? (
          <ProblemAlert
            error={withoutFields(save.error, (path) => path in form.errors)}
            isFocused={Object.keys(form.errors).length === 0}
          />
        ) : null}
        <TextInput
          label={t("schedule.cron")}
          description={t("schedule.cronText")}
          dir="ltr"
          required
          {...form.getInputProps("schedule")}
        />
        <Select
          label={t("schedule.zone")}
          data={[...new Set([timeZone, "UTC", ...Intl.supportedValuesOf("timeZone")])]}
          searchable
          allowDeselect={false}
          {...form.getInputProps("timeZone")}
        />
        <Switch
          size="md"
          label={t("schedule.active")}
          {...form.getInputProps("isActive", { type: "checkbox" })}
        />
        <Group>
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
            {t("schedule.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
