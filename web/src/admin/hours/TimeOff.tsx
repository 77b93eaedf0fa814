import { ActionIcon, Button, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconTrash } from "../../ui/icons";
import { useCatalogChange } from "../catalog/entity";
import { addDays } from "../lib/days";
import { zonedInstant } from "../lib/zoned";
import { announce } from "../shell/undo";
import { addTimeOff, removeTimeOff, useTimeOff } from "./api";
import classes from "./hours.module.css";
import { DayInput } from "../lib/DayInput";

interface Props {
  memberId: string;
  timeZone: string;
  isEditable: boolean;
}

/** When a member is away, from midnight to midnight of the team's clock. */
export function TimeOff({ memberId, timeZone, isEditable }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const list = useTimeOff(memberId);
  const [range, setRange] = useState<[string | null, string | null]>([null, null]);
  const [note, setNote] = useState("");
  const add = useCatalogChange((days: [string, string]) =>
    addTimeOff(memberId, {
      startsAt: zonedInstant(days[0], "00:00", timeZone),
      endsAt: zonedInstant(addDays(days[1], 1), "00:00", timeZone),
      note: note.trim(),
    }),
  );
  const remove = useCatalogChange((id: string) => removeTimeOff(memberId, id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const [from, to] = range;
    if (from === null || to === null) return;
    add.mutate([from, to], {
      onSuccess: () => {
        setRange([null, null]);
        setNote("");
        announce(t("timeOff.saved"));
      },
    });
  };

  return (
    <section className="surface">
      <Stack p="lg">
        <Title order={2} size="h3">
          {t("timeOff.title")}
        </Title>
        <Text c="dimmed">{t("timeOff.text")}</Text>
        {isEditable ? (
          <form onSubmit={submit} noValidate>
            <Group align="flex-end">
              <DayInput
                type="range"
                label={t("timeOff.days")}
                value={range}
                onChange={setRange}
                size="md"
                miw={280}
                required
              />
              <TextInput
                label={t("exception.note")}
                value={note}
                onChange={(event) => setNote(event.currentTarget.value)}
                maxLength={200}
              />
              <Button
                type="submit"
                loading={add.isPending}
                disabled={range[0] === null || range[1] === null}
              >
                {t("timeOff.add")}
              </Button>
            </Group>
          </form>
        ) : null}
        {add.isError ? <ProblemAlert error={add.error} isFocused /> : null}
        {remove.isError ? <ProblemAlert error={remove.error} isFocused /> : null}
        {list.isError ? (
          <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
        ) : list.data === undefined ? (
          <Skeleton height={60} />
        ) : list.data.length === 0 ? (
          <Text c="dimmed">{t("timeOff.none")}</Text>
        ) : (
          <Stack component="ul" gap={0} p={0} m={0}>
            {list.data.map((one) => (
              <li key={one.id} className={classes.item}>
                <Stack gap={0}>
                  <Text fw={600}>
                    {formats.dateTime(one.startsAt, timeZone)} -{" "}
                    {formats.dateTime(one.endsAt, timeZone)}
                  </Text>
                  {one.note === "" ? null : (
                    <Text size="sm" c="dimmed">
                      {one.note}
                    </Text>
                  )}
                </Stack>
                {isEditable ? (
                  <ActionIcon
                    color="gray"
                    aria-label={t("timeOff.remove", {
                      from: formats.dateTime(one.startsAt, timeZone),
                    })}
                    onClick={() =>
                      remove.mutate(one.id, { onSuccess: () => announce(t("timeOff.removed")) })
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
