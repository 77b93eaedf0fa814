import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useMembers } from "../data/catalog";

interface Props {
  /** Members of any of these teams. */
  teamIds: readonly string[];
  value: string | null;
  onChange: (id: string | null) => void;
}

/** A member of the teams concerned, or whoever is free. */
export function MemberSelect({ teamIds, value, onChange }: Props) {
  const { t } = useTranslation("admin");
  const members = useMembers();
  const own = (members.data ?? []).filter(
    (member) => member.isActive !== false && member.teamIds?.some((id) => teamIds.includes(id)),
  );
  return (
    <Select
      label={t("step.member")}
      placeholder={t("step.anyone")}
      data={own.map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      clearable
      searchable
      clearButtonProps={{ "aria-label": t("step.anyone") }}
    />
  );
}
