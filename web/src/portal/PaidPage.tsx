import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLocation, useParams } from "react-router";

import { useFormats } from "../i18n/useFormats";
import { PageSkeleton } from "../ui/PageSkeleton";
import { PageTitle } from "../ui/PageTitle";
import { ProblemAlert } from "../ui/ProblemAlert";
import { PayPanel } from "./PayPanel";
import { knownLinks } from "./links";
import { payState } from "./payment";
import { useBooking } from "./useBookings";
import { usePayment } from "./usePayment";

/**
 * `/booking/:id/paid`: where people come back to from the provider's page. The address says
 * nothing of whether they have paid: only the server does, and it goes on saying so.
 */
export default function PaidPage() {
  const { id = "" } = useParams();
  const { hash } = useLocation();
  const { t } = useTranslation(["portal", "problems"]);
  const formats = useFormats();
  const fromLink = new URLSearchParams(hash.slice(1)).get("token") ?? undefined;
  const token = fromLink ?? knownLinks(localStorage).find((link) => link.id === id)?.token;
  const payment = usePayment(id, token);
  const { data: booking } = useBooking(id, token);

  if (payment.data === undefined) {
    return payment.isPending ? (
      <>
        <PageTitle>{t("portal:pay.title")}</PageTitle>
        <Text role="status" c="dimmed">
          {t("portal:pay.asking")}
        </Text>
        <PageSkeleton rows={2} />
      </>
    ) : (
      <>
        <PageTitle>{t("portal:pay.title")}</PageTitle>
        <ProblemAlert error={payment.error} onRetry={() => void payment.refetch()} />
      </>
    );
  }
  const lead =
    booking === undefined
      ? undefined
      : `${booking.service.name}, ${formats.dateTime(booking.startsAt, booking.timeZone)}`;
  return (
    <>
      <PageTitle lead={lead}>
        {t(payState(payment.data) === "paid" ? "portal:pay.thanks" : "portal:pay.title")}
      </PageTitle>
      <Stack>
        <PayPanel payment={payment.data} token={token} isAtBooking={false} />
      </Stack>
    </>
  );
}
