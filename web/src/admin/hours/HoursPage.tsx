import { Group, Select, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconUsers } from "../../ui/icons";
import { useMembers, useTeams } from "../data/catalog";
import { useCan } from "../shell/Account";
import { Exceptions } from "./Exceptions";
import { TimeOff } from "./TimeOff";
import { WeekEditor } from "./WeekEditor";

/** When teams are open, and when their members work. */
export default function HoursPage() {
  const { t } = useTranslation("admin");
  const may = useCan();
  const teams = useTeams();
  const members = useMembers();
  const [params, setParams] = useSearchParams();
  const team = teams.data?.find(({ id }) => id === params.get("team")) ?? teams.data?.[0];
  const own = (members.data ?? []).filter(
    ({ teamIds }) => team !== undefined && teamIds?.includes(team.id),
  );
  const member = own.find(({ id }) => id === params.get("member"));
  const put = (teamId: string, memberId: string | null) =>
    setParams(memberId === null ? { team: teamId } : { team: teamId, member: memberId }, {
      replace: true,
    });

  return (
    <>
      <PageTitle lead={t("hours.lead")}>{t("page.hours")}</PageTitle>
      {teams.isError ? (
        <ProblemAlert error={teams.error} onRetry={() => void teams.refetch()} />
      ) : teams.data === undefined || members.isPending ? (
        <PageSkeleton />
      ) : team === undefined ? (
        <EmptyState
          icon={IconUsers}
          title={t("board.noTeams.title")}
          text={t("board.noTeams.text")}
        />
      ) : (
        <Stack gap="xl">
          <Group align="flex-end">
            <Select
              label={t("board.team")}
              data={teams.data.map(({ id, name }) => ({ value: id, label: name }))}
              value={team.id}
              onChange={(id) => put(id ?? team.id, null)}
              allowDeselect={false}
              searchable
            />
            <Select
              label={t("hours.member")}
              placeholder={t("hours.wholeTeam")}
              data={own.map(({ id, name }) => ({ value: id, label: name }))}
              value={member?.id ?? null}
              onChange={(id) => put(team.id, id)}
              clearable
              searchable
              clearButtonProps={{ "aria-label": t("hours.wholeTeam") }}
            />
          </Group>
          <WeekEditor
            key={`week:${team.id}:${member?.id ?? ""}`}
            owner={{ teamId: team.id, memberId: member?.id }}
            isEditable={may("edit-hours")}
          />
          <Exceptions
            key={`exceptions:${team.id}:${member?.id ?? ""}`}
            owner={{ teamId: team.id, memberId: member?.id }}
            isEditable={may("edit-hours")}
          />
          {member === undefined ? null : (
            <TimeOff
              key={`off:${member.id}`}
              memberId={member.id}
              timeZone={team.timeZone}
              isEditable={may("edit-hours")}
            />
          )}
        </Stack>
      )}
    </>
  );
}
