import { Alert, Button, Group, Stack, Table } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { IconRefresh } from "../../ui/icons";
import type { RequestDetail } from "../data/requests";
import { statusWord } from "./words";

interface Props {
  before: RequestDetail;
  after: RequestDetail;
  /** Somebody has looked at it and still wants to. */
  onAgree: () => void;
}

/** What somebody else changed while one was deciding. Nothing is sent before it was seen. */
export function ChangedMeanwhile({ before, after, onAgree }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, []);
  const show = (request: RequestDetail) =>
    [
      ["status", statusWord(t, request.status)],
      [
        "when",
        `${formats.dateShort(request.startsAt, request.timeZone)}, ${formats.timeRange(
          request.startsAt,
          request.endsAt,
          request.timeZone,
        )}`,
      ],
      ["team", request.team.name],
      ["member", request.teamMember?.name ?? t("day.nobody")],
    ] as const;
  const now = show(after);
  const rows = show(before)
    .map(([name, old], index) => ({ name, old, new: now[index]?.[1] ?? "" }))
    .filter((row) => row.old !== row.new);

  return (
    <Alert
      ref={box}
      tabIndex={-1}
      role="alert"
      color="marigold"
      icon={<IconRefresh />}
      title={t("stale.title")}
    >
      <Stack gap="sm">
        {rows.length === 0 ? (
          t("stale.elsewhere")
        ) : (
          <Table withRowBorders={false}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("audit.value")}</Table.Th>
                <Table.Th>{t("stale.before")}</Table.Th>
                <Table.Th>{t("stale.now")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.name}>
                  <Table.Th scope="row">{t(`stale.${row.name}`)}</Table.Th>
                  <Table.Td>{row.old}</Table.Td>
                  <Table.Td fw={700}>{row.new}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <Group>
          <Button variant="default" onClick={onAgree}>
            {t("stale.agree")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
