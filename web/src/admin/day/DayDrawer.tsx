import { Stack, Text } from "@mantine/core";

import { SidePanel } from "../shell/Dialog";

import { useFormats } from "../../i18n/useFormats";
import type { Team } from "../data/catalog";
import type { Day } from "../lib/days";
import { DayPanel } from "./DayPanel";

interface Props {
  team: Team;
  day: Day;
  onClose: () => void;
}

/** One team's day, beside the page that it was opened from. */
export function DayDrawer({ team, day, onClose }: Props) {
  const formats = useFormats();
  return (
    <SidePanel
      opened
      onClose={onClose}
      size="xl"
      title={
        <Stack gap={0}>
          <Text span fw={600} size="xl" ff="headings">
            {team.name}
          </Text>
          <Text span c="dimmed">
            {formats.day(day)}, {formats.zone(team.timeZone)}
          </Text>
        </Stack>
      }
    >
      <DayPanel team={team} day={day} />
    </SidePanel>
  );
}
