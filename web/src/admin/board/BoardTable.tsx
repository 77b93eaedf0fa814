import { Anchor, Badge, Group, Stack, Switch, Table, Text } from "@mantine/core";
import { useEffect, useMemo, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import lists from "../catalog/catalog.module.css";
import type { Team } from "../data/catalog";
import type { Day } from "../lib/days";
import { type CellWords, cellText } from "./cell";
import { levelOf } from "./level";
import type { BoardStore } from "./store";

/** How often the table is drawn anew while days change. */
const DRAW_EVERY_MS = 1_000;

interface Props {
  store: BoardStore;
  teams: readonly Team[];
  days: readonly Day[];
  words: CellWords;
  onOpen: (teamId: string, day: Day) => void;
}

/** Counts up while cells of `teams` and `days` change, at most once a second. */
function useChanges(store: BoardStore, teams: readonly Team[], days: readonly Day[]): number {
  const [count, changed] = useReducer((before: number) => before + 1, 0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const note = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, DRAW_EVERY_MS);
    };
    const ends = teams.flatMap(({ id }) => days.map((day) => store.subscribe(id, day, note)));
    return () => {
      clearTimeout(timer);
      ends.forEach((end) => end());
    };
  }, [store, teams, days]);
  return count;
}

/** The board as a plain table, one row for each team and day: for screen readers, and to narrow it. */
export function BoardTable({ store, teams, days, words, onOpen }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const [isTight, setTight] = useState(false);
  const changes = useChanges(store, teams, days);
  const rows = useMemo(() => {
    const all = days.flatMap((day) => teams.map((team) => ({ team, day })));
    const known = all.map((row) => ({ ...row, state: store.get(row.team.id, row.day) }));
    return isTight
      ? known.filter(({ state }) => state && ["full", "over", "closed"].includes(levelOf(state)))
      : known;
    // `changes` stands for what is in the store.
  }, [store, teams, days, isTight, changes]);

  return (
    <Stack>
      <Group>
        <Switch
          size="md"
          label={t("board.tightOnly")}
          checked={isTight}
          onChange={(event) => setTight(event.currentTarget.checked)}
        />
        <Text size="sm" c="dimmed" role="status">
          {t("board.rows", { count: rows.length })}
        </Text>
      </Group>
      <div className={`surface ${lists.frame}`}>
        <Table verticalSpacing="sm" highlightOnHover className={lists.table}>
          <Table.Caption>{t("board.label")}</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("board.day")}</Table.Th>
              <Table.Th>{t("board.team")}</Table.Th>
              <Table.Th>{t("day.booked")}</Table.Th>
              <Table.Th>{t("day.free")}</Table.Th>
              <Table.Th>{t("board.state")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ team, day, state }) => {
              const text = cellText(state, words);
              return (
                <Table.Tr key={team.id + day}>
                  <Table.Td>{formats.dayShort(day)}</Table.Td>
                  <Table.Td>
                    <Anchor component="button" onClick={() => onOpen(team.id, day)} mih={44}>
                      {team.name}
                    </Anchor>
                  </Table.Td>
                  <Table.Td data-label={t("day.booked")} className="tabular">
                    {text.shown}
                  </Table.Td>
                  <Table.Td data-label={t("day.free")} className="tabular">
                    {state === undefined ? "-" : formats.number(state.remaining)}
                  </Table.Td>
                  <Table.Td>
                    {text.level === "unknown" ? (
                      words.unknown
                    ) : (
                      <Badge tt="none" variant="light" color={colorOf(text.level)} size="lg">
                        {words.level[text.level]}
                      </Badge>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </Stack>
  );
}

function colorOf(level: string): string {
  if (level === "over") return "red";
  if (level === "full") return "marigold";
  return level === "closed" ? "gray" : "pine";
}
