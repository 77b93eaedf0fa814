import { MultiSelect, Stack, Switch, TagsInput, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { useFormats } from "../../i18n/useFormats";
import { IconUser } from "../../ui/icons";
import { type Member, useMembers, useNames, useTeams } from "../data/catalog";
import { EntityForm } from "./EntityForm";
import { EntityPage } from "./EntityPage";
import { memberStore } from "./stores";

type Fields = Schemas["MemberFields"];

const NEW_MEMBER: Fields = { name: "", skills: [], photoUrl: null, isActive: true, teamIds: [] };

function fieldsOf({ name, skills, photoUrl, isActive, teamIds }: Member): Fields {
  return {
    name,
    skills: skills ?? [],
    photoUrl: photoUrl ?? null,
    isActive: isActive ?? true,
    teamIds: teamIds ?? [],
  };
}

const nameOf = ({ name }: Member) => name;

/** People who carry visits out. */
export default function MembersPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const members = useMembers();
  const name = useNames();
  return (
    <EntityPage
      page="members"
      list={members}
      ability="edit-catalog"
      icon={IconUser}
      nameOf={nameOf}
      isActive={({ isActive }) => isActive !== false}
      columns={[
        {
          name: t("member.teams"),
          cell: ({ teamIds }) => formats.list((teamIds ?? []).map((id) => name(id) ?? id)),
        },
        { name: t("member.skills"), cell: ({ skills }) => formats.list(skills ?? []) },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={memberStore}
          view={view}
          initial={view === undefined ? NEW_MEMBER : fieldsOf(view)}
          name={view?.name ?? t("add.members")}
          onDone={onDone}
          fields={(form) => <MemberFields form={form} />}
        />
      )}
    />
  );
}

function MemberFields({ form }: { form: UseFormReturnType<Fields> }) {
  const { t } = useTranslation("admin");
  const teams = useTeams();
  return (
    <Stack>
      <TextInput label={t("crud.name")} required {...form.getInputProps("name")} />
      <MultiSelect
        label={t("member.teams")}
        data={(teams.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        size="md"
        searchable
        {...form.getInputProps("teamIds")}
      />
      <TagsInput
        label={t("member.skills")}
        description={t("member.skillsText")}
        size="md"
        {...form.getInputProps("skills")}
      />
      <TextInput
        label={t("member.photo")}
        description={t("member.photoText")}
        type="url"
        value={form.values.photoUrl ?? ""}
        error={form.errors.photoUrl}
        onChange={({ currentTarget: { value } }) =>
          form.setFieldValue("photoUrl", value === "" ? null : value)
        }
      />
      <Switch
        size="md"
        label={t("member.active")}
        description={t("member.activeText")}
        {...form.getInputProps("isActive", { type: "checkbox" })}
      />
    </Stack>
  );
}
