import { Group, Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import type { PriceLines } from "../quote";
import classes from "./PaymentStep.module.css";

/** Reasons for a price that there are words for; others are told by the server's label. */
const CODES = [
  "base",
  "weekend",
  "peak-hours",
  "holiday",
  "emergency",
  "lead-time",
  "rounding",
  "tax",
  "conversion",
] as const;

interface Props {
  price: PriceLines;
  visits: number;
  /** The price is on its way: what is known is not what would be paid. */
  isBusy: boolean;
}

/** Why it costs what it costs, line by line. */
export function QuoteLines({ price, visits, isBusy }: Props) {
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const { currency } = price.total;
  const money = (amount: number) => formats.money({ amount, currency });

  const words = (code: string, label: string) => {
    if (code === "promo") return t("payment.line.promo", { code: label });
    const known = CODES.find((one) => one === code);
    if (known === undefined) return label;
    return known === "base" ? t("payment.visits", { count: visits }) : t(`payment.line.${known}`);
  };
  if (isBusy) {
    return (
      <Stack className={`surface ${classes.lines}`} gap="md" aria-busy="true">
        <VisuallyHidden role="status">{t("payment.pricing")}</VisuallyHidden>
        <Skeleton height={20} />
        <Skeleton height={28} />
      </Stack>
    );
  }
  const shown = price.lines.filter(({ amount }) => amount !== 0);
  return (
    <div className={`surface ${classes.lines}`}>
      {shown.map(({ code, label, amount }) => (
        <Group key={`${code} ${label}`} justify="space-between" className={classes.line}>
          <Text>{words(code, label)}</Text>
          <Text className="tabular">{money(amount)}</Text>
        </Group>
      ))}
      <Group justify="space-between" className={classes.total}>
        <Text fw={600}>{t("payment.total")}</Text>
        <Text fw={600} className="tabular">
          {money(price.total.amount)}
        </Text>
      </Group>
      {price.tax === undefined ? null : (
        <Text size="sm" c="dimmed">
          {t("payment.tax", { rate: String(price.tax.rate), tax: money(price.tax.tax) })}
        </Text>
      )}
      {price.rate == null ? null : (
        <Text size="sm" c="dimmed">
          {t("payment.rate", {
            rate: price.rate.rate ?? "",
            source: price.rate.source,
            day: formats.dayShort(price.rate.day),
          })}
        </Text>
      )}
    </div>
  );
}
