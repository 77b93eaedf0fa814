import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../i18n/useFormats";
import {
  type Entry,
  copyReport,
  discard,
  isUnsettled,
  isWaiting,
  mayBeAskedFor,
  mayBeEdited,
  retryNow,
} from "../offline";
import { IconCopy, IconLogin, IconRefresh, IconTrash } from "../ui/icons";
import { useOnline } from "../ui/useOnline";
import { useNow } from "../ui/useNow";
import { useOwnTimeZone } from "../ui/preferences";
import classes from "./EntryCard.module.css";
import { EntryDetails } from "./EntryDetails";
import sectionClasses from "./Section.module.css";
import { formAddress } from "./entryAddress";
import {
  type Tone,
  explanationKey,
  nextTryOf,
  referenceOf,
  statusKey,
  toneOf,
  triesOf,
} from "./entryWords";
import { forgetsSites } from "./install";

const TONE_COLORS: Record<Tone, string> = {
  calm: "gray",
  busy: "marigold",
  good: "pine",
  attention: "marigold",
  bad: "red",
};

interface Props {
  entry: Entry;
  onDiscard: (entry: Entry) => void;
}

/** One entry of the outbox: what it is, where it stands, what can be done. */
export function EntryCard({ entry, onDiscard }: Props) {
  const { t } = useTranslation("settings");
  const formats = useFormats();
  const ownZone = useOwnTimeZone();
  const about = entry.request?.about;
  const titleId = `entry-${entry.id}`;

  return (
    <article className={classes.card} data-tone={toneOf(entry)} aria-labelledby={titleId}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={0} miw={0}>
          <Title order={4} id={titleId} className={classes.title}>
            {about?.title ?? t(`kind.${entry.kind}`)}
          </Title>
          <Text size="sm" c="dimmed">
            {about?.startsAt === undefined
              ? t(`kind.${entry.kind}`)
              : formats.dateTime(about.startsAt, about.timeZone ?? ownZone)}
          </Text>
        </Stack>
        <Badge
          size="lg"
          variant="light"
          color={TONE_COLORS[toneOf(entry)]}
          tt="none"
          role="status"
          classNames={{ root: sectionClasses.state, label: sectionClasses.state }}
        >
          {t(`status.${statusKey(entry)}`)}
        </Badge>
      </Group>
      <Explanation entry={entry} />
      <NextTryLine entry={entry} />
      <Actions entry={entry} onDiscard={onDiscard} />
      <EntryDetails entry={entry} />
    </article>
  );
}

function Explanation({ entry }: { entry: Entry }) {
  const { t, i18n } = useTranslation(["settings", "problems"]);
  const key = explanationKey(entry);
  const code = entry.lastCode ?? "";
  const problemTitle = `problems:${code}.title`;
  const isKnown = i18n.exists(problemTitle);

  return (
    <Stack gap={4}>
      {key !== null ? (
        <Text>{t(`explain.${key}`, { reference: referenceOf(entry) ?? "" })}</Text>
      ) : (
        <Text>
          {isKnown ? (
            <>
              <strong>{t(problemTitle as "problems:internal.title")}.</strong>{" "}
              {t(`problems:${code}.text` as "problems:internal.text")}
            </>
          ) : (
            t("code.http", { code: code.replace("http-", "") })
          )}
        </Text>
      )}
      {entry.unsure && isWaiting(entry.status) ? (
        <Text size="sm" c="dimmed">
          {t("explain.unsure")}
        </Text>
      ) : null}
      {isWaiting(entry.status) && forgetsSites(navigator.userAgent) ? (
        <Text size="sm" c="dimmed">
          {t("explain.ios")}
        </Text>
      ) : null}
    </Stack>
  );
}

/** Counts down by itself; not announced, or a screen reader would never be silent. */
function NextTryLine({ entry }: { entry: Entry }) {
  const { t } = useTranslation("settings");
  const formats = useFormats();
  const isOnline = useOnline();
  const now = useNow(entry.status === "queued" ? 1_000 : 0);
  const next = nextTryOf(entry, isOnline, now);
  const seconds = next?.at === "time" ? Math.ceil(next.inMs / 1_000) : 0;
  const isLong = seconds >= 120;
  const time = formats.number(isLong ? Math.ceil(seconds / 60) : seconds, {
    style: "unit",
    unit: isLong ? "minute" : "second",
    unitDisplay: "long",
  });

  if (!isUnsettled(entry.status)) return null;
  return (
    <Text size="sm" className="tabular">
      {t("tries", { count: triesOf(entry) })}
      {next === null ? null : (
        <>
          {" \u00b7 "}
          {next.at === "time" ? t("next.in", { time }) : t(`next.${next.at}`)}
        </>
      )}
    </Text>
  );
}

function Actions({ entry, onDiscard }: Props) {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const services = queries.getQueryData<{ id: string; slug: string }[]>(["services"]) ?? [];
  const isOpen = isUnsettled(entry.status);
  const choosesAgain = entry.status === "conflict" || entry.status === "expired";

  return (
    <Group gap="xs" className={classes.actions}>
      {entry.status === "auth" ? (
        <Button
          component={Link}
          to={`/signin?next=${encodeURIComponent("/portal/settings")}`}
          size="sm"
          leftSection={<IconLogin size={18} className="flip" />}
        >
          {t("action.signIn")}
        </Button>
      ) : null}
      {mayBeAskedFor(entry) ? (
        <Button
          size="sm"
          leftSection={<IconRefresh size={18} />}
          onClick={() => void retryNow(entry.id)}
        >
          {t("action.sendNow")}
        </Button>
      ) : null}
      {mayBeEdited(entry) ? (
        <Button
          component={Link}
          to={formAddress(entry, services)}
          size="sm"
          variant={choosesAgain ? "filled" : "default"}
        >
          {t(choosesAgain ? "action.choose" : "action.edit")}
        </Button>
      ) : null}
      <CopyButton entry={entry} />
      {entry.status === "sending" ? null : (
        <Button
          size="sm"
          variant="subtle"
          color="gray"
          leftSection={<IconTrash size={18} />}
          onClick={() => (isOpen ? onDiscard(entry) : void discard(entry.id))}
        >
          {t(isOpen ? "action.discard" : "action.remove")}
        </Button>
      )}
    </Group>
  );
}

/** Says what became of it in its own label, which is announced. */
function CopyButton({ entry }: { entry: Entry }) {
  const { t } = useTranslation("settings");
  const [words, setWords] = useState<"copyReport" | "copied" | "copyFailed">("copyReport");
  const copy = () => {
    copyReport(entry).then(
      () => setWords("copied"),
      () => setWords("copyFailed"),
    );
  };

  return (
    <Button
      size="sm"
      variant="subtle"
      color="gray"
      leftSection={<IconCopy size={18} />}
      onClick={copy}
      onBlur={() => setWords("copyReport")}
    >
      <span aria-live="polite">{t(`action.${words}`)}</span>
    </Button>
  );
}
