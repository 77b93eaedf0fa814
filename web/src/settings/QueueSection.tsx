import { Alert, Stack, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { type Entry, isUnsettled, useOutbox } from "../offline";
import { IconAlert, IconCloudOff, IconUsers } from "../ui/icons";
import { EmptyQueue } from "./EmptyQueue";
import { EntryCard } from "./EntryCard";
import { DiscardDialog } from "./DiscardDialog";
import { Section } from "./Section";

/** What was answered well is shown for so many entries; the rest is in "my bookings". */
const SETTLED_SHOWN_MAX = 10;

/** The outbox, entry by entry. */
export function QueueSection() {
  const { t } = useTranslation("settings");
  const { entries, foreignCount, isReady, isFull } = useOutbox();
  const [discarding, setDiscarding] = useState<Entry | null>(null);
  const open = entries.filter(({ status }) => isUnsettled(status));
  const settled = entries.filter(({ status }) => !isUnsettled(status)).reverse();

  return (
    <Section id="queue" title={t("queue.title")} text={t("queue.text")}>
      {isFull ? (
        <Alert variant="light" color="red" icon={<IconAlert />} title={t("queue.fullTitle")}>
          {t("queue.full")}
        </Alert>
      ) : null}
      {foreignCount === 0 ? null : (
        <Alert variant="light" color="marigold" icon={<IconUsers />}>
          {t("queue.foreign", { count: foreignCount })}
        </Alert>
      )}
      {isReady && entries.length === 0 ? <EmptyQueue icon={IconCloudOff} /> : null}
      <EntryList title={t("queue.open")} entries={open} onDiscard={setDiscarding} />
      <EntryList
        title={t("queue.settled")}
        entries={settled.slice(0, SETTLED_SHOWN_MAX)}
        onDiscard={setDiscarding}
      />
      <DiscardDialog entry={discarding} onClose={() => setDiscarding(null)} />
    </Section>
  );
}

interface ListProps {
  title: string;
  entries: readonly Entry[];
  onDiscard: (entry: Entry) => void;
}

function EntryList({ title, entries, onDiscard }: ListProps) {
  if (entries.length === 0) return null;
  return (
    <Stack gap="sm">
      <Title order={3}>{title}</Title>
      {entries.map((entry) => (
        <EntryCard key={entry.id} entry={entry} onDiscard={onDiscard} />
      ))}
    </Stack>
  );
}
