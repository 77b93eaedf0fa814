import {
  Button,
  Group,
  List,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { useServices, useTeams } from "../data/catalog";
import { isClock } from "../hours/week";
import { DayInput } from "../lib/DayInput";
import { addDays } from "../lib/days";
import { useToday } from "../lib/useToday";
import { TrialPrice } from "./TrialPrice";
import { type SampleVisit, type TrialFields, type TrialResult, visitOf } from "./trial";

interface Props {
  ask: (visit: SampleVisit) => Promise<TrialResult>;
}

const MORNING = "10:00";

/** A made-up visit, and what it would cost. Nothing is booked or stored by it. */
export function Trial({ ask }: Props) {
  const { t } = useTranslation(["office", "admin"]);
  const services = useServices();
  const teams = useTeams();
  const today = useToday(teams.data?.[0]?.timeZone);
  const [fields, setFields] = useState<Partial<TrialFields>>({});
  const put = (part: Partial<TrialFields>) => setFields((now) => ({ ...now, ...part }));
  const visit: TrialFields = {
    serviceId: fields.serviceId ?? services.data?.[0]?.id ?? "",
    teamId: fields.teamId ?? "",
    day: fields.day ?? addDays(today, 1),
    time: fields.time ?? MORNING,
    isEmergency: fields.isEmergency ?? false,
  };
  const trial = useMutation({ mutationFn: () => ask(visitOf(visit)) });
  const service = services.data?.find(({ id }) => id === visit.serviceId);
  const offering = teams.data?.filter(({ id }) => service?.teamIds?.includes(id) ?? true) ?? [];

  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={t("admin:filter.service")}
          data={(services.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={visit.serviceId === "" ? null : visit.serviceId}
          onChange={(serviceId) => put({ serviceId: serviceId ?? "", teamId: "" })}
          allowDeselect={false}
          searchable
        />
        <Select
          label={t("admin:filter.team")}
          placeholder={t("admin:filter.anyTeam")}
          data={offering.map(({ id, name }) => ({ value: id, label: name }))}
          value={visit.teamId === "" ? null : visit.teamId}
          onChange={(teamId) => put({ teamId: teamId ?? "" })}
          clearable
          searchable
          clearButtonProps={{ "aria-label": t("admin:filter.anyTeam") }}
        />
        <DayInput
          label={t("office:trial.day")}
          value={visit.day}
          onChange={(day) => put(day === null ? {} : { day })}
        />
        <TextInput
          type="time"
          label={t("office:trial.time")}
          value={visit.time}
          onChange={(event) => put({ time: event.currentTarget.value })}
          // Inside the form of a promo, Enter would save it.
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            trial.mutate();
          }}
        />
      </SimpleGrid>
      <Switch
        size="md"
        label={t("office:trial.emergency")}
        checked={visit.isEmergency}
        onChange={(event) => put({ isEmergency: event.currentTarget.checked })}
      />
      <Group>
        <Button
          type="button"
          variant="light"
          loading={trial.isPending}
          disabled={visit.serviceId === "" || !isClock(visit.time)}
          onClick={() => trial.mutate()}
        >
          {t("office:trial.ask")}
        </Button>
      </Group>
      {trial.isError ? <ProblemAlert error={trial.error} isFocused /> : null}
      <div role="status">
        {trial.data === undefined ? null : trial.data.without === null ? (
          <Stack gap="xs">
            <Text>{t("office:trial.faulty")}</Text>
            <List>
              {trial.data.faults.map(({ pointer, detail }) => (
                <List.Item key={pointer + detail}>
                  <span lang="en" dir="ltr">
                    {pointer.replace(/^\//, "")}: {detail}
                  </span>
                </List.Item>
              ))}
            </List>
          </Stack>
        ) : (
          <TrialPrice result={trial.data} without={trial.data.without} />
        )}
      </div>
    </Stack>
  );
}
