import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../i18n/useFormats";
import { type Entry, discard, isWaiting, retryNow } from "../offline";
import classes from "./portal.module.css";

/** What is on this device and not confirmed, or came back with a question. */
export function PendingEntries({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation(["portal", "problems"]);
  const formats = useFormats();

  const line = ({ lastCode, status }: Entry) => {
    if (isWaiting(status)) return t("portal:pending.waiting");
    if (status === "expired") return t("portal:pending.expired");
    const code = (lastCode ?? "unreadable") as "slot-taken";
    return t([
      `problems:${code}.title`,
      "problems:unreadable.title",
    ] as unknown as "pending.waiting");
  };
  return (
    <ul className={classes.list}>
      {entries.map((entry) => {
        const { title, startsAt, timeZone } = entry.request?.about ?? {};
        return (
          <li key={entry.id} className={`surface ${classes.panel}`}>
            <Stack gap={4}>
              <Text fw={600}>{title ?? t(`portal:pending.kind.${entry.kind}`)}</Text>
              {startsAt === undefined || timeZone === undefined ? null : (
                <Text>{formats.dateTime(startsAt, timeZone)}</Text>
              )}
              <Text c="dimmed">{line(entry)}</Text>
            </Stack>
            <Group>
              {isWaiting(entry.status) ? (
                <Button variant="default" onClick={() => void retryNow(entry.id)}>
                  {t("portal:pending.sendNow")}
                </Button>
              ) : null}
              {entry.status === "auth" ? (
                <Button component={Link} to="/signin?next=/portal/bookings">
                  {t("portal:pending.signIn")}
                </Button>
              ) : null}
              {entry.kind === "booking" && !isWaiting(entry.status) ? (
                <Button component={Link} to="/book">
                  {t("portal:pending.bookAgain")}
                </Button>
              ) : null}
              {entry.status === "sending" ? null : (
                <Button variant="subtle" color="gray" onClick={() => void discard(entry.id)}>
                  {t("portal:pending.discard")}
                </Button>
              )}
              <Button component={Link} to="/portal/settings" variant="subtle">
                {t("portal:pending.details")}
              </Button>
            </Group>
          </li>
        );
      })}
    </ul>
  );
}
