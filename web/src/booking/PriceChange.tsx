import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Money } from "../i18n/formats";
import { useFormats } from "../i18n/useFormats";

/** Refusals after which the booking is looked at again with the price of now. */
export const PRICE_CODES: readonly string[] = ["price-changed", "quote-expired"];

interface Props {
  /** The total that was agreed to. */
  before: Money | undefined;
  /** The total of the same visits now. */
  now: Money | undefined;
}

/** What was agreed to, and what it costs now. */
export function PriceChange({ before, now }: Props) {
  const { t } = useTranslation("booking");
  const formats = useFormats();
  if (before === undefined || now === undefined) return null;
  return (
    <div>
      <Text>{t("priceChange.was", { price: formats.money(before) })}</Text>
      <Text fw={700}>{t("priceChange.now", { price: formats.money(now) })}</Text>
    </div>
  );
}
