import {
  Checkbox,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { useMembers, useTeams } from "../data/catalog";
import classes from "./catalog.module.css";
import { RESOURCE_KINDS } from "./kinds";
import { PriceFields } from "./PriceFields";

type Fields = Schemas["ServiceFields"];
type Form = UseFormReturnType<Fields>;

const AUDIENCES = ["public", "clients", "staff"] as const;

/** Every field of a service, in the groups that people think in. */
export function ServiceFields({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  return (
    <Stack>
      <TextInput label={t("crud.name")} required {...form.getInputProps("name")} />
      <TextInput
        label={t("service.slug")}
        description={t("service.slugText")}
        required
        dir="ltr"
        {...form.getInputProps("slug")}
      />
      <Textarea
        label={t("service.description")}
        autosize
        minRows={2}
        {...form.getInputProps("description")}
      />
      <Switch
        size="md"
        label={t("service.active")}
        description={t("service.activeText")}
        {...form.getInputProps("isActive", { type: "checkbox" })}
      />
      <Time form={form} />
      <FieldGroup title={t("serviceGroup.money")}>
        <PriceFields form={form} />
      </FieldGroup>
      <Rules form={form} />
      <Who form={form} />
    </Stack>
  );
}

function FieldGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

type NumberName =
  | "durationMinutes"
  | "slotIntervalMinutes"
  | "bufferBeforeMinutes"
  | "bufferAfterMinutes"
  | "units"
  | "dailyUnitsMax"
  | "noticeMinutesMin"
  | "horizonDaysMax"
  | "changeNoticeMinutesMin"
  | "freeCancelMinutesMin";

function Whole({ form, name, min = 0 }: { form: Form; name: NumberName; min?: number }) {
  const { t } = useTranslation("admin");
  const isOptional = name === "dailyUnitsMax";
  return (
    <NumberInput
      label={t(`serviceField.${name}`)}
      description={t(`serviceText.${name}`)}
      min={min}
      allowDecimal={false}
      hideControls
      required={!isOptional}
      value={form.values[name] ?? ""}
      error={form.errors[name]}
      onChange={(value) =>
        form.setFieldValue(name, typeof value === "number" ? value : isOptional ? null : min)
      }
    />
  );
}

function Time({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  return (
    <FieldGroup title={t("serviceGroup.time")}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Whole form={form} name="durationMinutes" min={1} />
        <Whole form={form} name="slotIntervalMinutes" min={1} />
        <Whole form={form} name="bufferBeforeMinutes" />
        <Whole form={form} name="bufferAfterMinutes" />
        <Whole form={form} name="units" min={1} />
        <Whole form={form} name="dailyUnitsMax" />
      </SimpleGrid>
    </FieldGroup>
  );
}

function Rules({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  return (
    <FieldGroup title={t("serviceGroup.rules")}>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Whole form={form} name="noticeMinutesMin" />
          <Whole form={form} name="horizonDaysMax" min={1} />
          <Whole form={form} name="changeNoticeMinutesMin" />
          <Whole form={form} name="freeCancelMinutesMin" />
        </SimpleGrid>
        {(["isApprovalRequired", "isEmergencyEligible", "isRecurrenceAllowed"] as const).map(
          (name) => (
            <Switch
              key={name}
              size="md"
              label={t(`serviceSwitch.${name}`)}
              description={t(`serviceSwitchText.${name}`)}
              {...form.getInputProps(name, { type: "checkbox" })}
            />
          ),
        )}
      </Stack>
    </FieldGroup>
  );
}

function Who({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  const teams = useTeams();
  const members = useMembers();
  return (
    <FieldGroup title={t("serviceGroup.who")}>
      <Stack>
        <Select
          label={t("service.bookableBy")}
          data={AUDIENCES.map((one) => ({ value: one, label: t(`audience.${one}`) }))}
          allowDeselect={false}
          {...form.getInputProps("bookableBy")}
        />
        <MultiSelect
          label={t("service.teams")}
          data={(teams.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          size="md"
          searchable
          {...form.getInputProps("teamIds")}
        />
        <MultiSelect
          label={t("service.members")}
          description={t("service.membersText")}
          data={(members.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          size="md"
          searchable
          {...form.getInputProps("memberIds")}
        />
        <Checkbox.Group label={t("service.needs")} {...form.getInputProps("needs")}>
          <Stack gap="xs" mt="xs">
            {RESOURCE_KINDS.map((kind) => (
              <Checkbox key={kind} size="md" value={kind} label={t(`kind.${kind}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Stack>
    </FieldGroup>
  );
}
