import { Anchor, Badge, Code, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { useOwnTimeZone } from "../../ui/preferences";
import type { AuditEntry } from "../data/audit";
import { useNames } from "../data/catalog";
import { useUserNames } from "../data/users";
import { changesOf, readObject } from "./changes";
import { actorWord } from "./words";
import classes from "./audit.module.css";

/** Actions that the server writes down today, each with words of its own. */
const ACTIONS = [
  "limit-set",
  "limit-passed",
  "day-closed",
  "day-opened",
  "override-created",
  "override-revoked",
  "booking-assigned",
  "booking-corrected",
  "requests-exported",
  "hours-updated",
  "exception-set",
  "exception-deleted",
  "payment-changed",
  "payment-cleared",
  "payment-refunded",
  "payment-reconciled",
  "cash-collected",
  "calendar-feed-opened",
  "calendar-feed-closed",
  "price-steps-set",
  "time-off-set",
  "time-off-deleted",
  "job-updated",
  "job-started",
  "displacement-ordered",
] as const;

/** What is edited on pages of its own; the server says `team-created` and the like. */
const KINDS = [
  "team",
  "member",
  "service",
  "resource",
  "user",
  "promo",
  "surcharge",
  "rates",
  "reminder-rule",
  "webhook",
] as const;
const DEEDS = ["created", "updated", "deleted"] as const;
const KNOWN = [
  ...ACTIONS,
  ...KINDS.flatMap((kind) => DEEDS.map((deed) => `${kind}-${deed}` as const)),
];

/** One entry: who did what to what, why, and what was different afterwards. */
export function AuditEntryCard({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const nameOf = useNames();
  const userName = useUserNames();
  const known = KNOWN.find((action) => action === entry.action);
  const { actor } = entry;
  const who = (actor.id == null ? undefined : userName(actor.id)) ?? actorWord(t, actor.kind);
  const changes = changesOf(entry.before, entry.after);

  return (
    <Stack className="surface" p="md" gap={6}>
      <Group justify="space-between" gap="xs">
        <Text fw={600}>{known === undefined ? entry.action : t(`auditAction.${known}`)}</Text>
        <Badge tt="none" variant="light" color="gray" className="tabular">
          {t("audit.entry", { number: formats.number(entry.seq) })}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed">
        {who}, {formats.dateTime(entry.at, zone)}
      </Text>
      <Subject object={entry.object} nameOf={nameOf} />
      {entry.reason == null ? null : (
        <blockquote className={classes.reason}>{entry.reason}</blockquote>
      )}
      {changes.length === 0 ? null : (
        <Table className={classes.changes}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("audit.value")}</Table.Th>
              <Table.Th>{t("audit.before")}</Table.Th>
              <Table.Th>{t("audit.after")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changes.map(({ path, before, after }) => (
              <Table.Tr key={path}>
                <Table.Td>{path === "" ? t("audit.whole") : path}</Table.Td>
                <Table.Td>{(nameOf(before) ?? before) || "-"}</Table.Td>
                <Table.Td>{(nameOf(after) ?? after) || "-"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <details className={classes.seal}>
        <summary>{t("audit.seal")}</summary>
        <Text size="sm">{t("audit.request")}</Text>
        <Code block>{entry.requestId}</Code>
        <Text size="sm">{t("audit.hash")}</Text>
        <Code block>{entry.hash}</Code>
        <Text size="sm">{t("audit.previous")}</Text>
        <Code block>{entry.prevHash}</Code>
        {entry.ledgerSeq == null ? null : (
          <Text size="sm">{t("audit.version", { number: entry.ledgerSeq })}</Text>
        )}
      </details>
    </Stack>
  );
}

interface SubjectProps {
  object: string;
  nameOf: (id: string | null | undefined) => string | undefined;
}

/** What an entry is about, as a way there. */
function Subject({ object, nameOf }: SubjectProps) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const { kind, id, day } = readObject(object);
  if (kind === "ledger" && id !== undefined && day !== undefined) {
    return (
      <Anchor component={Link} to={`/capacity?team=${id}&day=${day}`} w="fit-content">
        {t("audit.ledger", { team: nameOf(id) ?? id, day: formats.dayShort(day) })}
      </Anchor>
    );
  }
  if (kind === "request" && id !== undefined) {
    return (
      <Anchor component={Link} to={`/requests/${id}`} w="fit-content">
        {t("audit.booking")}
      </Anchor>
    );
  }
  return <Text size="sm">{id === undefined ? object : `${kind}: ${nameOf(id) ?? id}`}</Text>;
}
