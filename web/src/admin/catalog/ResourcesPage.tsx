import { MultiSelect, Select, Stack, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { useFormats } from "../../i18n/useFormats";
import { type Resource, useNames, useResources, useTeams } from "../data/catalog";
import { IconCar } from "../lib/icons";
import { EntityForm } from "./EntityForm";
import { EntityPage } from "./EntityPage";
import { RESOURCE_KINDS } from "./kinds";
import { resourceStore } from "./stores";

type Fields = Schemas["ResourceFields"];

const NEW_RESOURCE: Fields = { name: "", kind: "room", isActive: true, teamIds: [] };

function fieldsOf({ name, kind, isActive, teamIds }: Resource): Fields {
  return { name, kind, isActive: isActive ?? true, teamIds: teamIds ?? [] };
}

const nameOf = ({ name }: Resource) => name;

/** Rooms, vehicles and equipment: whichever visit comes first has them. */
export default function ResourcesPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const resources = useResources();
  const name = useNames();
  return (
    <EntityPage
      page="resources"
      list={resources}
      ability="edit-catalog"
      icon={IconCar}
      nameOf={nameOf}
      isActive={({ isActive }) => isActive !== false}
      columns={[
        { name: t("resource.kind"), cell: ({ kind }) => t(`kind.${kind}`) },
        {
          name: t("member.teams"),
          cell: ({ teamIds }) => formats.list((teamIds ?? []).map((id) => name(id) ?? id)),
        },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={resourceStore}
          view={view}
          initial={view === undefined ? NEW_RESOURCE : fieldsOf(view)}
          name={view?.name ?? t("add.resources")}
          onDone={onDone}
          fields={(form) => <ResourceFields form={form} />}
        />
      )}
    />
  );
}

function ResourceFields({ form }: { form: UseFormReturnType<Fields> }) {
  const { t } = useTranslation("admin");
  const teams = useTeams();
  return (
    <Stack>
      <TextInput label={t("crud.name")} required {...form.getInputProps("name")} />
      <Select
        label={t("resource.kind")}
        data={RESOURCE_KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        allowDeselect={false}
        {...form.getInputProps("kind")}
      />
      <MultiSelect
        label={t("resource.teams")}
        data={(teams.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        size="md"
        searchable
        {...form.getInputProps("teamIds")}
      />
      <Switch
        size="md"
        label={t("resource.active")}
        description={t("resource.activeText")}
        {...form.getInputProps("isActive", { type: "checkbox" })}
      />
    </Stack>
  );
}
