import { NumberInput, Radio, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import classes from "../catalog/catalog.module.css";
import { useServices } from "../data/catalog";
import type { ReminderFields } from "../data/effects";

const HOUR_MINUTES = 60;
const DAYS_BEFORE_MAX = 30;
const A_DAY_BEFORE: Partial<ReminderFields> = { minutesBefore: 1_440, daysBefore: null, at: null };
const EVENING_BEFORE: Partial<ReminderFields> = { minutesBefore: null, daysBefore: 1, at: "18:00" };
const QUIET = { from: "22:00", to: "07:00" };

/** For which service, how long before, and when nobody is to be disturbed. */
export function RuleFields({ form }: { form: UseFormReturnType<ReminderFields> }) {
  const { t } = useTranslation("office");
  const services = useServices();
  const { values, errors } = form;
  const isElapsed = values.minutesBefore != null;
  const quiet = values.quietHours;
  return (
    <Stack>
      <Select
        label={t("reminders.service")}
        description={t("reminders.serviceText")}
        data={(services.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={values.serviceId ?? null}
        onChange={(serviceId) => form.setFieldValue("serviceId", serviceId)}
        error={errors.serviceId}
        placeholder={t("reminders.everyService")}
        clearable
        searchable
        clearButtonProps={{ "aria-label": t("reminders.everyService") }}
      />
      <fieldset className={classes.group}>
        <legend>{t("reminders.when")}</legend>
        <Stack>
          <Radio.Group
            aria-label={t("reminders.when")}
            value={isElapsed ? "elapsed" : "day"}
            onChange={(next) => form.setValues(next === "elapsed" ? A_DAY_BEFORE : EVENING_BEFORE)}
          >
            <Stack gap="xs">
              <Radio size="md" value="elapsed" label={t("reminders.elapsed")} />
              <Radio size="md" value="day" label={t("reminders.dayBefore")} />
            </Stack>
          </Radio.Group>
          {isElapsed ? (
            <NumberInput
              label={t("reminders.hours")}
              min={0}
              decimalScale={2}
              hideControls
              value={(values.minutesBefore ?? 0) / HOUR_MINUTES}
              error={errors.minutesBefore}
              onChange={(hours) =>
                form.setFieldValue("minutesBefore", Math.round(Number(hours) * HOUR_MINUTES))
              }
            />
          ) : (
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <NumberInput
                label={t("reminders.days")}
                min={0}
                max={DAYS_BEFORE_MAX}
                allowDecimal={false}
                hideControls
                value={values.daysBefore ?? ""}
                error={errors.daysBefore}
                onChange={(days) => form.setFieldValue("daysBefore", Number(days))}
              />
              <TextInput
                type="time"
                label={t("reminders.at")}
                description={t("reminders.atText")}
                value={values.at ?? ""}
                error={errors.at}
                onChange={(event) => form.setFieldValue("at", event.currentTarget.value)}
              />
            </SimpleGrid>
          )}
        </Stack>
      </fieldset>
      <Switch
        size="md"
        label={t("reminders.quiet")}
        description={t("reminders.quietText")}
        checked={quiet != null}
        onChange={(event) =>
          form.setFieldValue("quietHours", event.currentTarget.checked ? QUIET : null)
        }
      />
      {quiet == null ? null : (
        <SimpleGrid cols={2}>
          {(["from", "to"] as const).map((name) => (
            <TextInput
              key={name}
              type="time"
              label={t(`reminders.${name}`)}
              value={quiet[name]}
              error={errors[`quietHours.${name}`]}
              onChange={(event) =>
                form.setFieldValue("quietHours", { ...quiet, [name]: event.currentTarget.value })
              }
            />
          ))}
        </SimpleGrid>
      )}
      <Switch
        size="md"
        label={t("reminders.active")}
        {...form.getInputProps("isActive", { type: "checkbox" })}
      />
    </Stack>
  );
}
