import { Group, NumberInput, Select } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { minorDigits } from "../../i18n/formats";

type Money = Schemas["StaffMoney"];

export const CURRENCIES = ["EUR", "USD", "GBP", "CHF", "INR", "AUD", "JPY", "AED", "KWD"];

interface Props {
  label: string;
  description?: string;
  value: Money | null | undefined;
  onChange: (value: Money | null) => void;
  error?: ReactNode;
}

/** An amount and its currency; empty is no amount. Kept in minor units, as on the wire. */
export function MoneyInput({ label, description, value, onChange, error }: Props) {
  const { t } = useTranslation("admin");
  const currency = value?.currency ?? "EUR";
  const unit = 10 ** minorDigits(currency);
  return (
    <Group align="flex-end" wrap="nowrap" gap="xs">
      <NumberInput
        label={label}
        {...(description === undefined ? {} : { description })}
        value={value == null ? "" : value.amount / unit}
        onChange={(next) =>
          onChange(next === "" ? null : { amount: Math.round(Number(next) * unit), currency })
        }
        decimalScale={minorDigits(currency)}
        min={0}
        hideControls
        error={error}
        flex={1}
      />
      <Select
        aria-label={t("service.currency")}
        data={[...new Set([currency, ...CURRENCIES])]}
        value={currency}
        onChange={(next) =>
          onChange(value == null || next === null ? (value ?? null) : { ...value, currency: next })
        }
        allowDeselect={false}
        w={96}
      />
    </Group>
  );
}
