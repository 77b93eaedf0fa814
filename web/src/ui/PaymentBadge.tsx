import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { paymentColor, paymentWord } from "./payment";

/** How a payment stands, in a word. */
export function PaymentBadge({ status, size = "lg" }: { status: string; size?: "lg" | "xl" }) {
  const { t } = useTranslation("payment");
  return (
    <Badge tt="none" variant="light" size={size} color={paymentColor(status)}>
      {paymentWord(t, status)}
    </Badge>
  );
}
