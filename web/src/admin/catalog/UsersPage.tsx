import { PasswordInput, Select, Stack, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { useOwnTimeZone } from "../../ui/preferences";
import { type User, useMembers, useNames } from "../data/catalog";
import { useUsers } from "../data/users";
import { IconBriefcase } from "../lib/icons";
import { EntityForm } from "./EntityForm";
import { EntityPage } from "./EntityPage";
import { type UserFields as StoredFields, userStore } from "./stores";

type Fields = StoredFields;

const ROLES = ["client", "member", "dispatcher", "admin"] as const;

const NEW_USER: Fields = {
  email: "",
  name: "",
  role: "dispatcher",
  teamMemberId: null,
  phone: null,
  isDisabled: false,
};

function fieldsOf({ email, name, role, teamMemberId, phone, isDisabled }: User): Fields {
  return {
    email,
    name,
    role,
    teamMemberId: teamMemberId ?? null,
    phone: phone ?? null,
    isDisabled: isDisabled ?? false,
  };
}

const nameOf = ({ name, email }: User) => name || email;

/** Accounts. None is ever deleted, because the audit trail names it; it is switched off. */
export default function UsersPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const users = useUsers();
  const memberName = useNames();
  const roleWord = (role: string) => {
    const known = ROLES.find((one) => one === role);
    return known === undefined ? role : t(`role.${known}`);
  };
  return (
    <EntityPage
      page="users"
      list={users}
      ability="manage-users"
      icon={IconBriefcase}
      nameOf={nameOf}
      isActive={({ isDisabled }) => isDisabled !== true}
      columns={[
        { name: t("user.email"), cell: ({ email }) => email },
        { name: t("user.role"), cell: ({ role }) => roleWord(role) },
        { name: t("user.member"), cell: ({ teamMemberId }) => memberName(teamMemberId) ?? "-" },
        { name: t("user.since"), cell: ({ createdAt }) => formats.dateShort(createdAt, zone) },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={userStore}
          view={view}
          initial={view === undefined ? NEW_USER : fieldsOf(view)}
          name={view?.name ?? t("add.users")}
          onDone={onDone}
          fields={(form) => <UserFields form={form} hasPassword={view?.hasPassword ?? false} />}
        />
      )}
    />
  );
}

interface FieldsProps {
  form: UseFormReturnType<Fields>;
  hasPassword: boolean;
}

function UserFields({ form, hasPassword }: FieldsProps) {
  const { t } = useTranslation(["admin", "common"]);
  const members = useMembers();
  const optional = (value: string) => (value === "" ? null : value);
  return (
    <Stack>
      <TextInput label={t("admin:crud.name")} required {...form.getInputProps("name")} />
      <TextInput
        label={t("admin:user.email")}
        type="email"
        autoComplete="off"
        required
        {...form.getInputProps("email")}
      />
      <TextInput
        label={t("admin:user.phone")}
        type="tel"
        value={form.values.phone ?? ""}
        error={form.errors.phone}
        onChange={(event) => form.setFieldValue("phone", optional(event.currentTarget.value))}
      />
      <Select
        label={t("admin:user.role")}
        description={t("admin:user.roleText")}
        data={ROLES.map((role) => ({ value: role, label: t(`admin:role.${role}`) }))}
        allowDeselect={false}
        {...form.getInputProps("role")}
      />
      {form.values.role === "member" ? (
        <Select
          label={t("admin:user.member")}
          description={t("admin:user.memberText")}
          data={(members.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          clearable
          searchable
          clearButtonProps={{ "aria-label": t("admin:action.clear") }}
          {...form.getInputProps("teamMemberId")}
        />
      ) : null}
      <PasswordInput
        label={t(hasPassword ? "admin:user.newPassword" : "admin:user.password")}
        description={t(hasPassword ? "admin:user.newPasswordText" : "admin:user.passwordText")}
        autoComplete="new-password"
        value={form.values.password ?? ""}
        error={form.errors.password}
        aria-invalid={form.errors.password !== undefined}
        onChange={(event) => form.setFieldValue("password", optional(event.currentTarget.value))}
        visibilityToggleButtonProps={{ "aria-label": t("common:signIn.showPassword"), size: 36 }}
      />
      <Switch
        size="md"
        label={t("admin:user.disabled")}
        description={t("admin:user.disabledText")}
        {...form.getInputProps("isDisabled", { type: "checkbox" })}
      />
    </Stack>
  );
}
