import { useTranslation } from "react-i18next";

/** Kinds of letters that there are words for. */
const KINDS = [
  "booking-confirmed",
  "booking-changed",
  "booking-cancelled",
  "booking-received",
  "booking-declined",
  "booking-expired",
  "booking-displaced",
  "reminder",
  "payment-received",
  "payment-refunded",
  "payment-late",
] as const;

/** What a letter is, in words; a kind that this version does not know is shown as it came. */
export function useLetterWords(): (kind: string) => string {
  const { t } = useTranslation("office");
  return (kind) => {
    const known = KINDS.find((one) => one === kind);
    return known === undefined ? kind : t(`kind.${known}`);
  };
}
