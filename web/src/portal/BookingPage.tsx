import { Alert, Anchor, Button, Group, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useParams } from "react-router";

import { useFormats } from "../i18n/useFormats";
import { PageSkeleton } from "../ui/PageSkeleton";
import { PageTitle } from "../ui/PageTitle";
import { ProblemAlert } from "../ui/ProblemAlert";
import { IconArrowLeft, IconInfo } from "../ui/icons";
import { BookingFacts } from "./BookingFacts";
import { CancelPanel } from "./CancelPanel";
import { DisplacedPanel } from "./DisplacedPanel";
import { History } from "./History";
import { MovePanel } from "./MovePanel";
import { OfferPanel, WaitingPanel } from "./OfferPanel";
import { StatusBadge } from "./StatusBadge";
import { knownLinks } from "./links";
import { wantsPayment } from "./payment";
import classes from "./portal.module.css";
import { isOver, mayChange, statusOf } from "./status";
import { type BookingDetail, useBooking } from "./useBookings";
import { useLiveBooking } from "./useLiveBooking";

const BookingPayment = lazy(() => import("./BookingPayment"));

type Panel = "move" | "cancel" | undefined;

interface ShownProps {
  booking: BookingDetail;
  token: string | undefined;
}

/** What can be done about a booking, as its policy says now. */
function Actions({ booking, onOpen }: { booking: BookingDetail; onOpen: (panel: Panel) => void }) {
  const { t } = useTranslation("portal");
  const formats = useFormats();
  const now = Date.now();
  const until = booking.policy?.changeUntil;

  // What is offered is taken or declined, and what is to be paid for is paid: their panels say so.
  const isNotYet = ["waitlisted", "held"].includes(statusOf(booking));
  if (isOver(booking, now) || isNotYet) return null;
  if (!mayChange(booking, now)) {
    const text = until == null ? t("actions.fixed") : t("actions.tooLate");
    return (
      <Alert variant="light" color="gray" icon={<IconInfo />}>
        <Text>{text}</Text>
      </Alert>
    );
  }
  return (
    <Stack gap="xs">
      <Group>
        <Button onClick={() => onOpen("move")}>{t("actions.move")}</Button>
        <Button variant="default" onClick={() => onOpen("cancel")}>
          {t("actions.cancel")}
        </Button>
      </Group>
      {until == null ? null : (
        <Text size="sm" c="dimmed">
          {t("actions.until", { until: formats.dateTime(until, booking.timeZone) })}
        </Text>
      )}
    </Stack>
  );
}

function Shown({ booking, token }: ShownProps) {
  const { t } = useTranslation("portal");
  const formats = useFormats();
  // A change that went through closes its panel: the panel belongs to the revision it was opened on.
  const [panel, setPanel] = useState<{ name: Panel; rev: number }>({ name: undefined, rev: 0 });
  const open = panel.rev === booking.rev ? panel.name : undefined;
  const close = () => setPanel({ name: undefined, rev: booking.rev });
  const show = (name: Panel) => setPanel({ name, rev: booking.rev });
  const isWaiting = statusOf(booking) === "waitlisted" && booking.offer == null;

  return (
    <Stack gap="lg">
      <PageTitle lead={formats.date(booking.startsAt, booking.timeZone)}>
        {booking.service.name}
      </PageTitle>
      <Group gap="sm" mt={-16}>
        <StatusBadge booking={booking} />
        <Text c="dimmed">
          {t("facts.reference")} <bdi translate="no">{booking.reference}</bdi>
        </Text>
      </Group>
      <VisuallyHidden role="status">{t(`status.${statusOf(booking)}`)}</VisuallyHidden>
      {booking.offer == null ? null : <OfferPanel booking={booking} token={token} />}
      {wantsPayment(booking) ? (
        <Suspense fallback={null}>
          <BookingPayment id={booking.id} token={token} />
        </Suspense>
      ) : null}
      {isWaiting ? <WaitingPanel booking={booking} token={token} /> : null}
      {booking.displaced == null || isOver(booking, Date.now()) ? null : (
        <DisplacedPanel booking={booking} token={token} onMove={() => show("move")} />
      )}
      <BookingFacts booking={booking} />
      {open === "move" ? <MovePanel booking={booking} token={token} onClose={close} /> : null}
      {open === "cancel" ? <CancelPanel booking={booking} token={token} onClose={close} /> : null}
      {open === undefined ? <Actions booking={booking} onOpen={show} /> : null}
      <section className={`surface ${classes.panel}`} aria-labelledby="history-heading">
        <Title order={2} id="history-heading">
          {t("history.title")}
        </Title>
        <History entries={booking.history} timeZone={booking.timeZone} />
      </section>
    </Stack>
  );
}

/** One booking: its facts, its history, and what can still be done about it. */
export default function BookingPage() {
  const { id = "" } = useParams();
  const { hash } = useLocation();
  const { t } = useTranslation(["portal", "common"]);
  const fromLink = new URLSearchParams(hash.slice(1)).get("token") ?? undefined;
  const token = fromLink ?? knownLinks(localStorage).find((link) => link.id === id)?.token;
  const { data: booking, error, isPending, refetch } = useBooking(id, token);
  useLiveBooking(id, token, booking !== undefined);

  return (
    <>
      <Anchor component={Link} to="/portal/bookings" className={classes.back ?? ""}>
        <IconArrowLeft size={18} className="flip" aria-hidden /> {t("portal:title")}
      </Anchor>
      {isPending ? <PageSkeleton /> : null}
      {booking === undefined && error !== null ? (
        <>
          <PageTitle>{t("portal:facts.booking")}</PageTitle>
          <ProblemAlert error={error} onRetry={() => void refetch()}>
            <Button component={Link} to={`/signin?next=/portal/bookings/${id}`} variant="default">
              {t("common:shell.signIn")}
            </Button>
          </ProblemAlert>
        </>
      ) : null}
      {booking === undefined ? null : <Shown booking={booking} token={token} />}
    </>
  );
}
