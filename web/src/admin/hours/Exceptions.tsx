import {
  ActionIcon,
  Button,
  Group,
  Radio,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconPlus, IconTrash } from "../../ui/icons";
import { useCatalogChange } from "../catalog/entity";
import { announce } from "../shell/undo";
import { deleteException, type Exception, type Owner, putException, useExceptions } from "./api";
import classes from "./hours.module.css";
import { faultOf, STRETCHES_MAX } from "./week";
import { DayInput } from "../lib/DayInput";

interface Props {
  owner: Owner;
  isEditable: boolean;
}

/** Dates on which other hours hold, or none. */
export function Exceptions({ owner, isEditable }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const list = useExceptions(owner);
  const [isAdding, setAdding] = useState(false);
  const remove = useCatalogChange((date: string) => deleteException(owner, date));
  const hours = (one: Exception) =>
    one.open.length === 0
      ? t("exception.closed")
      : formats.list(one.open.map(({ from, to }) => `${from} - ${to}`));

  return (
    <section className="surface">
      <Stack p="lg">
        <Group justify="space-between">
          <Title order={2} size="h3">
            {t("exception.title")}
          </Title>
          {isEditable && !isAdding ? (
            <Button
              variant="default"
              leftSection={<IconPlus size={18} />}
              onClick={() => setAdding(true)}
            >
              {t("exception.add")}
            </Button>
          ) : null}
        </Group>
        {isAdding ? <ExceptionForm owner={owner} onDone={() => setAdding(false)} /> : null}
        {remove.isError ? <ProblemAlert error={remove.error} isFocused /> : null}
        {list.isError ? (
          <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
        ) : list.data === undefined ? (
          <Skeleton height={80} />
        ) : list.data.length === 0 ? (
          <Text c="dimmed">{t("exception.none")}</Text>
        ) : (
          <Stack component="ul" gap={0} p={0} m={0}>
            {list.data.map((one) => (
              <li key={one.date} className={classes.item}>
                <Stack gap={0}>
                  <Text fw={600}>{formats.day(one.date)}</Text>
                  <Text size="sm" c="dimmed">
                    {hours(one)}
                    {one.note === "" ? "" : `, ${one.note}`}
                  </Text>
                </Stack>
                {isEditable ? (
                  <ActionIcon
                    color="gray"
                    aria-label={t("exception.remove", { day: formats.day(one.date) })}
                    loading={remove.isPending && remove.variables === one.date}
                    onClick={() =>
                      remove.mutate(one.date, {
                        onSuccess: () =>
                          announce(t("exception.removed"), async () => {
                            await putException(owner, one.date, { open: one.open, note: one.note });
                            await list.refetch();
                          }),
                      })
                    }
                  >
                    <IconTrash size={18} />
                  </ActionIcon>
                ) : null}
              </li>
            ))}
          </Stack>
        )}
      </Stack>
    </section>
  );
}

interface Stretch {
  from: string;
  to: string;
}

function ExceptionForm({ owner, onDone }: { owner: Owner; onDone: () => void }) {
  const { t } = useTranslation("admin");
  const [date, setDate] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [open, setStretches] = useState<Stretch[]>([{ from: "09:00", to: "13:00" }]);
  const [note, setNote] = useState("");
  const save = useCatalogChange((day: string) =>
    putException(owner, day, { open: isOpen ? open : [], note: note.trim() }),
  );
  const rows = open.map((stretch) => ({ ...stretch, weekday: 1 }));
  const faults = rows.map((row) => faultOf(row, rows));
  const isFaulty = isOpen && faults.some((fault) => fault !== undefined);
  const change = (index: number, part: Partial<Stretch>) =>
    setStretches(open.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (date === null || isFaulty) return;
    save.mutate(date, {
      onSuccess: () => {
        announce(t("exception.saved"));
        onDone();
      },
    });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {save.isError ? <ProblemAlert error={save.error} isFocused /> : null}
        <DayInput
          label={t("exception.date")}
          value={date}
          onChange={setDate}
          size="md"
          required
          maw={280}
        />
        <Radio.Group
          label={t("exception.what")}
          value={isOpen ? "open" : "closed"}
          onChange={(value) => setOpen(value === "open")}
        >
          <Group mt="xs">
            <Radio value="closed" label={t("exception.closed")} />
            <Radio value="open" label={t("exception.otherHours")} />
          </Group>
        </Radio.Group>
        {isOpen
          ? open.map((stretch, index) => (
              <Group key={index} gap="xs" align="flex-start">
                <TextInput
                  aria-label={t("exception.from")}
                  value={stretch.from}
                  onChange={(event) => change(index, { from: event.currentTarget.value })}
                  error={faults[index] === undefined ? undefined : t(`hoursFault.${faults[index]}`)}
                  w={120}
                  dir="ltr"
                />
                <TextInput
                  aria-label={t("exception.to")}
                  value={stretch.to}
                  onChange={(event) => change(index, { to: event.currentTarget.value })}
                  w={96}
                  dir="ltr"
                />
                <ActionIcon
                  color="gray"
                  aria-label={t("exception.more")}
                  disabled={open.length >= STRETCHES_MAX}
                  onClick={() => setStretches([...open, { from: "", to: "" }])}
                >
                  <IconPlus size={18} />
                </ActionIcon>
              </Group>
            ))
          : null}
        <TextInput
          label={t("exception.note")}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={200}
          maw={420}
        />
        <Group>
          <Button type="submit" loading={save.isPending} disabled={date === null || isFaulty}>
            {t("action.save")}
          </Button>
          <Button variant="default" onClick={onDone}>
            {t("action.back")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
