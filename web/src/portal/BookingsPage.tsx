import { Alert, Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { isWaiting, needsYou, useOutbox } from "../offline";
import { useMe } from "../session/session";
import { EmptyState } from "../ui/EmptyState";
import { PageTitle } from "../ui/PageTitle";
import { ProblemAlert } from "../ui/ProblemAlert";
import { IconCalendar, IconInfo } from "../ui/icons";
import { BookingRow } from "./BookingRow";
import { PendingEntries } from "./PendingEntries";
import classes from "./portal.module.css";
import { sortBookings } from "./status";
import { type Booking, useOwnBookings } from "./useBookings";

/** How many of a list are shown before somebody asks for more. */
const SHOWN_FIRST = 8;

function Section({
  title,
  count,
  children,
}: {
  title: string;
  count: number;
  children: ReactNode;
}) {
  const heading = useId();
  return (
    <section aria-labelledby={heading}>
      <Title order={2} id={heading} mb="sm">
        {title}{" "}
        <Text span c="dimmed" fw={400} fz="md">
          ({count})
        </Text>
      </Title>
      {children}
    </section>
  );
}

function BookingList({ bookings, isGuest }: { bookings: readonly Booking[]; isGuest: boolean }) {
  const { t } = useTranslation("common");
  const [shown, setShown] = useState(SHOWN_FIRST);
  return (
    <Stack gap="sm" align="stretch">
      <ul className={classes.list}>
        {bookings.slice(0, shown).map((booking) => (
          <BookingRow key={booking.id} booking={booking} isGuest={isGuest} />
        ))}
      </ul>
      {bookings.length > shown ? (
        <Button variant="default" onClick={() => setShown(shown + 3 * SHOWN_FIRST)}>
          {t("action.showMore")}
        </Button>
      ) : null}
    </Stack>
  );
}

/** My bookings: what needs an answer, what waits on this device, what is to come, what was. */
export default function BookingsPage() {
  const { t } = useTranslation(["portal", "common"]);
  const { data: me } = useMe();
  const isGuest = me === null;
  const own = useOwnBookings();
  const { entries } = useOutbox();
  const waiting = entries.filter((entry) => isWaiting(entry.status));
  const stuck = entries.filter((entry) => needsYou(entry));
  const sorted = sortBookings(own.items, Date.now());
  const isEmpty = own.items.length === 0 && waiting.length === 0 && stuck.length === 0;

  return (
    <>
      <PageTitle>{t("portal:title")}</PageTitle>
      <Stack gap="xl">
        {isGuest ? (
          <Alert variant="light" color="pine" icon={<IconInfo />} title={t("portal:list.guest")}>
            <Stack gap="sm" align="flex-start">
              <Text>{t("portal:list.guestText")}</Text>
              <Button component={Link} to="/signin?next=/portal/bookings" variant="default">
                {t("common:shell.signIn")}
              </Button>
            </Stack>
          </Alert>
        ) : null}
        {own.error === null ? null : <ProblemAlert error={own.error} onRetry={own.retry} />}
        {own.isPending ? (
          <Stack aria-busy="true">
            {Array.from({ length: 4 }, (_, index) => (
              <Skeleton key={index} height={92} radius="lg" />
            ))}
          </Stack>
        ) : null}
        {stuck.length + sorted.needsYou.length > 0 ? (
          <Section title={t("portal:list.needsYou")} count={stuck.length + sorted.needsYou.length}>
            <Stack gap="sm">
              {stuck.length > 0 ? <PendingEntries entries={stuck} /> : null}
              <BookingList bookings={sorted.needsYou} isGuest={isGuest} />
            </Stack>
          </Section>
        ) : null}
        {waiting.length > 0 ? (
          <Section title={t("portal:list.waiting")} count={waiting.length}>
            <PendingEntries entries={waiting} />
          </Section>
        ) : null}
        {sorted.upcoming.length > 0 ? (
          <Section title={t("portal:list.upcoming")} count={sorted.upcoming.length}>
            <BookingList bookings={sorted.upcoming} isGuest={isGuest} />
          </Section>
        ) : null}
        {!own.isPending && own.error === null && isEmpty ? (
          <EmptyState
            icon={IconCalendar}
            title={t("portal:list.none")}
            text={t("portal:list.noneText")}
          >
            <Button component={Link} to="/book">
              {t("portal:list.book")}
            </Button>
          </EmptyState>
        ) : null}
        {sorted.past.length > 0 ? (
          <Section title={t("portal:list.past")} count={sorted.past.length}>
            <BookingList bookings={sorted.past} isGuest={isGuest} />
          </Section>
        ) : null}
        {own.hasMore ? (
          <Button variant="subtle" onClick={own.loadMore}>
            {t("portal:list.loadMore")}
          </Button>
        ) : null}
      </Stack>
    </>
  );
}
