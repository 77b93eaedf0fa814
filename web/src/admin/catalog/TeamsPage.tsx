import { NumberInput, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { useFormats } from "../../i18n/useFormats";
import { IconUsers } from "../../ui/icons";
import { type Team, useTeams } from "../data/catalog";
import { EntityForm } from "./EntityForm";
import { EntityPage } from "./EntityPage";
import { teamStore } from "./stores";

type Fields = Schemas["TeamFields"];

const NEW_TEAM: Fields = {
  name: "",
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  defaultLimit: 8,
  emergencyReserve: 0,
  isPublished: false,
};

function fieldsOf({ name, timeZone, defaultLimit, emergencyReserve, isPublished }: Team): Fields {
  return {
    name,
    timeZone,
    defaultLimit,
    emergencyReserve: emergencyReserve ?? 0,
    isPublished: isPublished ?? false,
  };
}

const nameOf = ({ name }: Team) => name;

/** Teams: their zone, and what their days take. */
export default function TeamsPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const teams = useTeams();
  return (
    <EntityPage
      page="teams"
      list={teams}
      ability="edit-catalog"
      icon={IconUsers}
      nameOf={nameOf}
      isActive={({ isPublished }) => isPublished === true}
      columns={[
        { name: t("team.zone"), cell: ({ timeZone }) => formats.zone(timeZone) },
        { name: t("team.limit"), cell: ({ defaultLimit }) => formats.number(defaultLimit) },
        {
          name: t("team.reserve"),
          cell: ({ emergencyReserve }) => formats.number(emergencyReserve ?? 0),
        },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={teamStore}
          view={view}
          initial={view === undefined ? NEW_TEAM : fieldsOf(view)}
          name={view?.name ?? t("add.teams")}
          onDone={onDone}
          fields={(form) => <TeamFields form={form} />}
        />
      )}
    />
  );
}

function TeamFields({ form }: { form: UseFormReturnType<Fields> }) {
  const { t } = useTranslation("admin");
  const zones = useMemo(() => Intl.supportedValuesOf("timeZone"), []);
  return (
    <Stack>
      <TextInput label={t("crud.name")} required {...form.getInputProps("name")} />
      <Select
        label={t("team.zone")}
        description={t("team.zoneText")}
        data={zones}
        searchable
        limit={50}
        required
        {...form.getInputProps("timeZone")}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput
          label={t("team.limit")}
          description={t("team.limitText")}
          min={0}
          allowDecimal={false}
          hideControls
          required
          {...form.getInputProps("defaultLimit")}
        />
        <NumberInput
          label={t("team.reserve")}
          description={t("limit.reserveText")}
          min={0}
          allowDecimal={false}
          hideControls
          {...form.getInputProps("emergencyReserve")}
        />
      </SimpleGrid>
      <Switch
        size="md"
        label={t("team.published")}
        description={t("team.publishedText")}
        {...form.getInputProps("isPublished", { type: "checkbox" })}
      />
    </Stack>
  );
}
