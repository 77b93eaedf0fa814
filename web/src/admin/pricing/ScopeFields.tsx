import {
  ActionIcon,
  Button,
  Chip,
  Group,
  MultiSelect,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { IconPlus, IconTrash } from "../../ui/icons";
import classes from "../catalog/catalog.module.css";
import { useServices, useTeams } from "../data/catalog";
import { isClock, STRETCHES_MAX, WEEKDAYS } from "../hours/week";
import { DayInput } from "../lib/DayInput";
import { EVERYWHERE, type PriceScope } from "./data";

interface Props {
  scope: PriceScope | undefined;
  onChange: (scope: PriceScope) => void;
  /** The server's words about parts of it, by path. */
  errors: Record<string, ReactNode>;
}

const options = (list: readonly { id: string; name: string }[] | undefined) =>
  (list ?? []).map(({ id, name }) => ({ value: id, label: name }));

/** Which visits a rule is about. What is left empty does not narrow it. */
export function ScopeFields({ scope = EVERYWHERE, onChange, errors }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const services = useServices();
  const teams = useTeams();
  const put = (part: Partial<PriceScope>) => onChange({ ...EVERYWHERE, ...scope, ...part });
  const hours = scope.hours ?? [];
  const setHours = (index: number, part: Partial<(typeof hours)[number]>) =>
    put({ hours: hours.map((one, at) => (at === index ? { ...one, ...part } : one)) });

  return (
    <fieldset className={classes.group}>
      <legend>{t("scopeOf.title")}</legend>
      <Stack>
        <Text size="sm" c="dimmed">
          {t("scopeOf.text")}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <MultiSelect
            label={t("page.services")}
            data={options(services.data)}
            value={scope.serviceIds ?? []}
            onChange={(serviceIds) => put({ serviceIds })}
            error={errors["scope.serviceIds"]}
            size="md"
            searchable
          />
          <MultiSelect
            label={t("page.teams")}
            data={options(teams.data)}
            value={scope.teamIds ?? []}
            onChange={(teamIds) => put({ teamIds })}
            error={errors["scope.teamIds"]}
            size="md"
            searchable
          />
          <DayInput
            label={t("filter.from")}
            value={scope.daysFrom ?? null}
            onChange={(daysFrom) => put({ daysFrom })}
            error={errors["scope.daysFrom"]}
            clearable
            clearButtonProps={{ "aria-label": t("action.clear") }}
          />
          <DayInput
            label={t("filter.to")}
            value={scope.daysUntil ?? null}
            onChange={(daysUntil) => put({ daysUntil })}
            error={errors["scope.daysUntil"]}
            clearable
            clearButtonProps={{ "aria-label": t("action.clear") }}
          />
        </SimpleGrid>
        <div role="group" aria-label={t("scopeOf.weekdays")}>
          <Text fw={500} mb="xs" aria-hidden>
            {t("scopeOf.weekdays")}
          </Text>
          <Group gap="xs">
            {WEEKDAYS.map((weekday) => (
              <Chip
                key={weekday}
                size="md"
                checked={(scope.weekdays ?? []).includes(weekday)}
                onChange={(isOn) =>
                  put({
                    weekdays: WEEKDAYS.filter((one) =>
                      one === weekday ? isOn : (scope.weekdays ?? []).includes(one),
                    ),
                  })
                }
              >
                {formats.weekday(weekday, "short")}
              </Chip>
            ))}
          </Group>
        </div>
        <Stack gap="xs">
          <Text fw={500}>{t("scopeOf.hours")}</Text>
          {hours.map((one, index) => (
            <Group key={index} gap="xs" align="flex-start">
              <TextInput
                aria-label={t("exception.from")}
                value={one.from}
                error={isClock(one.from) ? undefined : t("hoursFault.shape")}
                onChange={(event) => setHours(index, { from: event.currentTarget.value })}
                w={140}
                dir="ltr"
              />
              <TextInput
                aria-label={t("exception.to")}
                value={one.to}
                error={isClock(one.to) ? undefined : t("hoursFault.shape")}
                onChange={(event) => setHours(index, { to: event.currentTarget.value })}
                w={140}
                dir="ltr"
              />
              <ActionIcon
                color="gray"
                aria-label={t("scopeOf.removeHours")}
                onClick={() => put({ hours: hours.filter((_, at) => at !== index) })}
              >
                <IconTrash size={18} />
              </ActionIcon>
            </Group>
          ))}
          <Button
            variant="default"
            w="fit-content"
            leftSection={<IconPlus size={18} />}
            disabled={hours.length >= STRETCHES_MAX}
            onClick={() => put({ hours: [...hours, { from: "08:00", to: "10:00" }] })}
          >
            {t("exception.more")}
          </Button>
        </Stack>
      </Stack>
    </fieldset>
  );
}
