import { NumberInput } from "@mantine/core";
import { minorDigits, type Money } from "../../i18n/formats";

interface Props {
  label: string;
  description?: string;
  value: Money | undefined;
  /** The most that makes sense, in minor units. */
  max?: number;
  currency: string;
  onChange: (value: Money | undefined) => void;
}

/** An amount in a currency that is given; kept in minor units, as on the wire. */
export function AmountField({ label, description, value, max, currency, onChange }: Props) {
  const digits = minorDigits(currency);
  const unit = 10 ** digits;
  return (
    <NumberInput
      label={label}
      {...(description === undefined ? {} : { description })}
      {...(max === undefined ? {} : { max: max / unit })}
      required
      min={0}
      clampBehavior="blur"
      decimalScale={digits}
      fixedDecimalScale
      hideControls
      suffix={` ${currency}`}
      value={value === undefined ? "" : value.amount / unit}
      onChange={(next) =>
        onChange(next === "" ? undefined : { amount: Math.round(Number(next) * unit), currency })
      }
    />
  );
}
