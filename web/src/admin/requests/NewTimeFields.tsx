import { Select, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, unwrap } from "../../api";
import { useFormats } from "../../i18n/useFormats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { useTeams } from "../data/catalog";
import type { RequestDetail } from "../data/requests";
import { dayOf } from "../lib/days";
import { MemberSelect } from "./MemberSelect";
import classes from "./requests.module.css";
import type { StepInput } from "./takeStep";
import { DayInput } from "../lib/DayInput";

interface Props {
  request: RequestDetail;
  input: StepInput;
  onChange: (input: StepInput) => void;
}

/** Another day, team or time, out of what is free. */
export function NewTimeFields({ request, input, onChange }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const teams = useTeams();
  const name = useId();
  const [day, setDay] = useState(dayOf(request.startsAt));
  const teamId = input.teamId ?? request.team.id;
  const query = {
    serviceId: request.service.id,
    from: day,
    days: 1,
    teamId,
    ...(input.memberId === undefined ? {} : { teamMemberId: input.memberId }),
  };
  const free = useQuery({
    queryKey: ["admin-free", query],
    queryFn: () => unwrap(api.GET("/api/bookings/availability", { params: { query } })),
  });
  const slots = free.data?.days.find(({ date }) => date === day)?.slots ?? [];
  const put = (change: Partial<StepInput>) => {
    const { startsAt: _gone, ...rest } = { ...input, ...change };
    onChange("startsAt" in change ? { ...input, ...change } : rest);
  };

  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <DayInput
          label={t("step.day")}
          value={day}
          onChange={(next) => {
            if (next !== null) {
              setDay(next);
              put({});
            }
          }}
          size="md"
        />
        <Select
          label={t("step.team")}
          data={(teams.data ?? []).map((team) => ({ value: team.id, label: team.name }))}
          value={teamId}
          onChange={(next) => put(next === null ? {} : { teamId: next })}
          allowDeselect={false}
        />
        <MemberSelect
          teamIds={[teamId]}
          value={input.memberId ?? null}
          onChange={(id) => {
            const { memberId: _old, startsAt: _gone, ...rest } = input;
            onChange(id === null ? rest : { ...rest, memberId: id });
          }}
        />
      </SimpleGrid>
      <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
        <Text component="legend" fw={600} mb="xs">
          {t("step.time", { day: formats.day(day) })}
        </Text>
        {free.isError ? (
          <ProblemAlert error={free.error} onRetry={() => void free.refetch()} />
        ) : free.isPending ? (
          <Skeleton height={96} />
        ) : slots.length === 0 ? (
          <Text c="dimmed" role="status">
            {t("step.noTimes")}
          </Text>
        ) : (
          <div className={classes.slots}>
            {slots.map(({ startsAt }) => (
              <label key={startsAt} className={classes.slot}>
                <input
                  type="radio"
                  name={name}
                  value={startsAt}
                  checked={input.startsAt === startsAt}
                  onChange={() => put({ startsAt })}
                />
                <span className="tabular">
                  {formats.time(startsAt, free.data.days[0]?.timeZone ?? request.timeZone)}
                </span>
              </label>
            ))}
          </div>
        )}
      </fieldset>
    </Stack>
  );
}
