import { Skeleton } from "@mantine/core";

import { ProblemAlert } from "../ui/ProblemAlert";
import { PayPanel } from "./PayPanel";
import { usePayment } from "./usePayment";

/** Paying for a booking that waits for it, on the page of the booking. */
export default function BookingPayment({ id, token }: { id: string; token: string | undefined }) {
  const payment = usePayment(id, token);
  if (payment.data !== undefined) {
    return <PayPanel payment={payment.data} token={token} isAtBooking />;
  }
  return payment.isError ? (
    <ProblemAlert error={payment.error} onRetry={() => void payment.refetch()} />
  ) : (
    <Skeleton height={180} radius="lg" />
  );
}
