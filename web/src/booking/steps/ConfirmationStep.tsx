import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Alternative } from "../../api";
import type { Problem } from "../../api/problem";
import { useFormats } from "../../i18n/useFormats";
import { type Entry, useOutbox } from "../../offline";
import { pathOf, rememberLink, tokenOf } from "../../portal/links";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconCheck, IconCloudOff, IconHourglass } from "../../ui/icons";
import { StepFrame } from "../StepFrame";
import { PRICE_CODES, PriceChange } from "../PriceChange";
import type { CreateBody } from "../order";
import { type Booked, outcomeOf } from "../outcome";
import { useRemainingMs } from "../useHold";
import classes from "./ConfirmationStep.module.css";

interface Props {
  /** Entries of the outbox: the booking first, then visits that left its series. */
  entryIds: readonly string[];
  /** A booking that was made without the outbox, which emergencies are. */
  made: Booked | undefined;
  isSignedIn: boolean;
  /** It is made: what kept the place for it has done its work. */
  onBooked: () => void;
  onAlternative: (other: Alternative) => void;
  onChooseAgain: () => void;
  /** Something else than what was typed is in the way: look at the price once more, and send it anew. */
  onReview: (entryId: string) => void;
  /** Something that was typed was refused. */
  onChange: (entryId: string) => void;
}

const SECOND_MS = 1_000;

type MadeProps = { booking: Booked } & Pick<Props, "isSignedIn" | "onBooked">;

/** A booking that was made. */
function MadeBooking({ booking, isSignedIn, onBooked }: MadeProps) {
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const token = tokenOf(booking.links.manage);
  const { series, status } = booking;
  const skipped = series?.occurrences.filter((one) => one.status === "skipped").length ?? 0;

  useEffect(() => {
    if (!isSignedIn && token !== undefined) {
      rememberLink(localStorage, { id: booking.id, token, at: Date.now() });
    }
  }, [booking.id, token, isSignedIn]);
  useEffect(onBooked, [booking.id, onBooked]);

  const words =
    status === "confirmed" ? "confirmed" : status === "pending" ? "pending" : "received";
  return (
    <section className={`surface ${classes.card}`} data-state={words}>
      <span className={classes.badge} aria-hidden>
        {words === "confirmed" ? <IconCheck size={30} stroke={2.5} /> : <IconHourglass size={28} />}
      </span>
      <Stack gap={4}>
        <Title order={3}>{t(`confirmation.${words}`)}</Title>
        <Text size="lg">
          {formats.date(booking.startsAt, booking.timeZone)},{" "}
          {formats.timeRange(booking.startsAt, booking.endsAt, booking.timeZone)}
        </Text>
        <Text c="dimmed">
          {formats.list(
            [booking.service.name, booking.team.name, booking.teamMember?.name ?? ""].filter(
              Boolean,
            ),
          )}
        </Text>
        <Text>
          {t("confirmation.reference")} <strong translate="no">{booking.reference}</strong>
        </Text>
        {series == null ? null : (
          <Text>
            {t("confirmation.series", { count: series.occurrences.length - skipped })}
            {skipped > 0 ? ` ${t("confirmation.skipped", { count: skipped })}` : ""}
          </Text>
        )}
        <Text fw={600}>{t("confirmation.price", { price: formats.money(booking.price) })}</Text>
        {words === "pending" ? <Text c="dimmed">{t("confirmation.pendingText")}</Text> : null}
        <Group mt="sm">
          <Button component={Link} to={pathOf(booking.id, isSignedIn ? undefined : token)}>
            {t("confirmation.open")}
          </Button>
          <Button component={Link} to="/book" variant="default">
            {t("confirmation.another")}
          </Button>
        </Group>
      </Stack>
    </section>
  );
}

function Waiting({ nextAttemptAt, isNetwork }: { nextAttemptAt: number; isNetwork: boolean }) {
  const { t } = useTranslation("booking");
  const { isFull } = useOutbox();
  const leftMs = useRemainingMs(new Date(nextAttemptAt).toISOString()) ?? 0;
  return (
    <section className={`surface ${classes.card}`} data-state="waiting">
      <span className={classes.badge} aria-hidden>
        <IconCloudOff size={28} />
      </span>
      <Stack gap={4}>
        <Title order={3}>{t("confirmation.waiting")}</Title>
        <Text>{t("confirmation.waitingText")}</Text>
        <Text c="dimmed" className="tabular">
          {isFull
            ? t("confirmation.whenRoom")
            : isNetwork
              ? t("confirmation.whenOnline")
              : t("confirmation.nextTry", { seconds: Math.ceil(leftMs / SECOND_MS) })}
        </Text>
        <Group mt="sm">
          <Button component={Link} to="/portal/settings" variant="default">
            {t("confirmation.inspect")}
          </Button>
        </Group>
      </Stack>
    </section>
  );
}

/** The new total of one visit. Of a series the answer counts visits that were left out as well. */
function priceNow(problem: Problem, request: Entry["request"]) {
  const isSeries = (request?.body as Partial<CreateBody> | undefined)?.recurrence != null;
  return isSeries ? undefined : problem.quote?.total;
}

type OutcomeProps = { entry: Entry } & Omit<Props, "entryIds" | "made">;

function EntryOutcome(props: OutcomeProps) {
  const { entry, isSignedIn, onAlternative, onBooked, onChooseAgain, onReview, onChange } = props;
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const outcome = outcomeOf(entry);
  const { request } = entry;
  const zone = request?.about.timeZone ?? "UTC";

  switch (outcome.state) {
    case "sending":
      return (
        <Stack aria-busy="true">
          <Text>{t("confirmation.sending")}</Text>
          <Skeleton height={180} radius="lg" />
        </Stack>
      );
    case "waiting":
      return (
        <Waiting
          nextAttemptAt={outcome.nextAttemptAt}
          isNetwork={outcome.wait === "network" || !navigator.onLine}
        />
      );
    case "booked":
      return <MadeBooking booking={outcome.booking} isSignedIn={isSignedIn} onBooked={onBooked} />;
    case "expired":
      return (
        <section className={`surface ${classes.card}`} data-state="waiting">
          <Stack gap="sm" align="flex-start">
            <Title order={3}>{t("confirmation.expired")}</Title>
            <Text>
              {t(outcome.isUnsure ? "confirmation.expiredUnsure" : "confirmation.expiredText")}
            </Text>
            {outcome.isUnsure ? (
              <Button component={Link} to="/portal/bookings">
                {t("confirmation.bookings")}
              </Button>
            ) : (
              <Button onClick={onChooseAgain}>{t("confirmation.chooseAgain")}</Button>
            )}
          </Stack>
        </section>
      );
    default: {
      const alternatives = outcome.problem.alternatives ?? [];
      return (
        <ProblemAlert error={outcome.problem} isFocused>
          {PRICE_CODES.includes(outcome.problem.code) ? (
            <>
              <PriceChange before={request?.about.price} now={priceNow(outcome.problem, request)} />
              <Button onClick={() => onReview(entry.id)}>{t("confirmation.newPrice")}</Button>
            </>
          ) : outcome.state === "conflict" ? (
            <Group>
              {alternatives.map((other) => (
                <Button
                  key={other.startsAt + other.teamId}
                  variant="default"
                  onClick={() => onAlternative(other)}
                >
                  {formats.dateTime(other.startsAt, zone)}
                </Button>
              ))}
              <Button onClick={onChooseAgain}>{t("confirmation.chooseAgain")}</Button>
            </Group>
          ) : null}
          {outcome.problem.code === "idempotency-key-reused" ? (
            <Group>
              <Button component={Link} to="/portal/bookings">
                {t("confirmation.bookings")}
              </Button>
              <Button variant="default" onClick={() => onReview(entry.id)}>
                {t("confirmation.again")}
              </Button>
            </Group>
          ) : outcome.state === "refused" ? (
            <Button onClick={() => onChange(entry.id)}>{t("confirmation.change")}</Button>
          ) : null}
          {outcome.state === "sign-in" ? (
            <Button component={Link} to="/signin?next=/portal/bookings">
              {t("confirmation.signIn")}
            </Button>
          ) : null}
        </ProblemAlert>
      );
    }
  }
}

/** What has become of the booking: made, waiting on this device, or not possible and why. */
export function ConfirmationStep(props: Props) {
  const { entryIds, made, ...others } = props;
  const { isSignedIn, onBooked } = others;
  const { t } = useTranslation("booking");
  const { entries, isReady } = useOutbox();
  const own = entries.filter((entry) => entryIds.includes(entry.id));
  const states = own.map((entry) => outcomeOf(entry).state);
  const spoken =
    made !== undefined || states.includes("booked")
      ? t("confirmation.spokenBooked")
      : states.includes("waiting")
        ? t("confirmation.waiting")
        : "";

  return (
    <StepFrame step="confirmation">
      <Text role="status" className={classes.spoken}>
        {spoken}
      </Text>
      {made === undefined ? null : (
        <MadeBooking booking={made} isSignedIn={isSignedIn} onBooked={onBooked} />
      )}
      {own.map((entry) => (
        <EntryOutcome key={entry.id} entry={entry} {...others} />
      ))}
      {made === undefined && own.length === 0 ? (
        isReady ? (
          <Stack align="flex-start">
            <Text>{t("confirmation.gone")}</Text>
            <Button component={Link} to="/portal/bookings">
              {t("confirmation.mine")}
            </Button>
          </Stack>
        ) : (
          <Skeleton height={180} radius="lg" />
        )
      ) : null}
    </StepFrame>
  );
}
