import { ActionIcon, Button, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconCopy, IconPlus, IconTrash } from "../../ui/icons";
import { useCatalogChange } from "../catalog/entity";
import { announce } from "../shell/undo";
import { type Owner, saveWeek, useWeek } from "./api";
import classes from "./hours.module.css";
import {
  copiedToWorkdays,
  faultOf,
  inOrder,
  minutesOf,
  STRETCHES_MAX,
  WEEKDAYS,
  type WeekRow,
} from "./week";

interface Props {
  owner: Owner;
  isEditable: boolean;
}

/** The usual week, day by day, each with as many stretches as it has. */
export function WeekEditor({ owner, isEditable }: Props) {
  const { t } = useTranslation("admin");
  const week = useWeek(owner);
  return (
    <section className="surface">
      <Stack p="lg">
        <Title order={2} size="h3">
          {t("hours.week")}
        </Title>
        {week.isError ? (
          <ProblemAlert error={week.error} onRetry={() => void week.refetch()} />
        ) : week.data === undefined ? (
          <Skeleton height={360} />
        ) : (
          <WeekForm owner={owner} stored={week.data} isEditable={isEditable} />
        )}
      </Stack>
    </section>
  );
}

interface FormProps extends Props {
  stored: WeekRow[];
}

function WeekForm({ owner, stored, isEditable }: FormProps) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const [rows, setRows] = useState<WeekRow[]>(() => inOrder(stored));
  const [known, setKnown] = useState(stored);
  const save = useCatalogChange((items: WeekRow[]) => saveWeek(owner, items));
  const isChanged = JSON.stringify(rows) !== JSON.stringify(inOrder(known));
  if (stored !== known) {
    // Somebody else's change is shown, unless it would take away what is being written here.
    setKnown(stored);
    if (!isChanged) setRows(inOrder(stored));
  }
  const isFaulty = rows.some((row) => faultOf(row, rows) !== undefined);
  const change = (row: WeekRow, part: Partial<WeekRow>) =>
    setRows(rows.map((one) => (one === row ? { ...one, ...part } : one)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isFaulty) return;
    save.mutate(inOrder(rows), { onSuccess: () => announce(t("hours.saved")) });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {owner.memberId !== undefined && rows.length === 0 ? (
          <Text c="dimmed">{t("hours.asTeam")}</Text>
        ) : null}
        {save.isError ? <ProblemAlert error={save.error} isFocused /> : null}
        {WEEKDAYS.map((weekday) => {
          const own = rows.filter((row) => row.weekday === weekday);
          const name = formats.weekday(weekday, "long");
          return (
            <fieldset key={weekday} className={classes.day} disabled={!isEditable}>
              <legend className={classes.name}>{name}</legend>
              <Stack gap="xs" flex={1}>
                {own.length === 0 ? (
                  <Text c="dimmed" mih={44} display="flex" style={{ alignItems: "center" }}>
                    {t(owner.memberId === undefined ? "hours.closed" : "hours.none")}
                  </Text>
                ) : null}
                {own.map((row, index) => {
                  const fault = faultOf(row, rows);
                  return (
                    <Group key={index} gap="xs" align="flex-start">
                      <TextInput
                        aria-label={t("hours.from", { day: name })}
                        value={row.from}
                        onChange={(event) => change(row, { from: event.currentTarget.value })}
                        error={fault === undefined ? undefined : t(`hoursFault.${fault}`)}
                        w={fault === undefined ? 96 : 180}
                        inputMode="numeric"
                        dir="ltr"
                        maxLength={5}
                      />
                      <Text mt={8} aria-hidden>
                        -
                      </Text>
                      <TextInput
                        aria-label={t("hours.to", { day: name })}
                        value={row.to}
                        onChange={(event) => change(row, { to: event.currentTarget.value })}
                        error={fault !== undefined}
                        w={96}
                        inputMode="numeric"
                        dir="ltr"
                        maxLength={5}
                      />
                      {isEditable ? (
                        <ActionIcon
                          color="gray"
                          aria-label={t("hours.remove", { day: name })}
                          onClick={() => setRows(rows.filter((one) => one !== row))}
                        >
                          <IconTrash size={18} />
                        </ActionIcon>
                      ) : null}
                    </Group>
                  );
                })}
              </Stack>
              {isEditable ? (
                <Group gap={0} align="flex-start" wrap="nowrap">
                  {own.length > 0 && weekday <= 5 ? (
                    <ActionIcon
                      color="gray"
                      aria-label={t("hours.copy", { day: name })}
                      title={t("hours.copy", { day: name })}
                      onClick={() => setRows(copiedToWorkdays(rows, weekday))}
                    >
                      <IconCopy size={18} />
                    </ActionIcon>
                  ) : null}
                  <ActionIcon
                    color="gray"
                    aria-label={t("hours.add", { day: name })}
                    disabled={own.length >= STRETCHES_MAX}
                    onClick={() =>
                      setRows([
                        ...rows,
                        {
                          weekday,
                          from: own.length === 0 ? "08:00" : "",
                          to: own.length === 0 ? "17:00" : "",
                        },
                      ])
                    }
                  >
                    <IconPlus size={18} />
                  </ActionIcon>
                </Group>
              ) : null}
            </fieldset>
          );
        })}
        <Group justify="space-between">
          <Text c="dimmed" role="status">
            {t("hours.sum", { hours: formats.duration(minutesOf(rows)) })}
          </Text>
          {isEditable ? (
            <Button type="submit" loading={save.isPending} disabled={!isChanged || isFaulty}>
              {t("action.save")}
            </Button>
          ) : null}
        </Group>
      </Stack>
    </form>
  );
}
