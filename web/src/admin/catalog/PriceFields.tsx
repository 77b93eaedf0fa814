import { NumberInput, Select, SimpleGrid, Stack } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { minorDigits } from "../../i18n/formats";
import { CURRENCIES } from "../pricing/MoneyInput";
import { TierFields } from "./TierFields";
import { TaxFields } from "./TaxFields";

type Fields = Schemas["ServiceFields"];
type Basis = Schemas["PriceBasis"];
type Form = UseFormReturnType<Fields>;

const KINDS = ["visit", "minutes", "units", "tiers"] as const;

/** What a basis begins with; members of another kind are taken away. */
function basisOf(kind: Basis["kind"], amount: number): Basis {
  const nothing = { amount: null, minutes: null, tiers: null };
  switch (kind) {
    case "visit":
      return { kind, ...nothing };
    case "minutes":
      return { kind, ...nothing, amount, minutes: 60 };
    case "units":
      return { kind, ...nothing, amount };
    case "tiers":
      return { kind, ...nothing, tiers: [{ upTo: null, amount }] };
  }
}

/** What a visit costs: one price, or by length, units or bands of them; its fee and its tax. */
export function PriceFields({ form }: { form: Form }) {
  const { t } = useTranslation(["admin", "office"]);
  const { price, priceBasis, cancelFeeAmount } = form.values;
  const { errors } = form;
  const basis = priceBasis ?? basisOf("visit", 0);
  const digits = minorDigits(price.currency);
  const unit = 10 ** digits;
  const inMinor = (value: string | number) => Math.round(Number(value) * unit);
  const currencies = [...new Set([price.currency, ...CURRENCIES])];
  const setBasis = (changed: Partial<Basis>) =>
    form.setFieldValue("priceBasis", { ...basis, ...changed });
  const setKind = (kind: Basis["kind"]) => {
    form.setFieldValue("priceBasis", basisOf(kind, basis.amount ?? price.amount ?? 0));
    // The usual visit's price follows from any other basis: the server works it out.
    if (kind === "visit") form.setFieldValue("price.amount", price.amount ?? basis.amount ?? 0);
  };

  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={t("office:basis.label")}
          data={KINDS.map((kind) => ({ value: kind, label: t(`office:basis.${kind}`) }))}
          allowDeselect={false}
          value={basis.kind}
          error={errors["priceBasis.kind"] ?? errors.priceBasis}
          onChange={(next) => setKind(KINDS.find((kind) => kind === next) ?? "visit")}
        />
        <Select
          label={t("admin:service.currency")}
          data={currencies}
          allowDeselect={false}
          {...form.getInputProps("price.currency")}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {basis.kind === "visit" ? (
          <NumberInput
            label={t("admin:service.price")}
            min={0}
            decimalScale={digits}
            hideControls
            value={price.amount == null ? "" : price.amount / unit}
            error={errors["price.amount"]}
            onChange={(value) =>
              form.setFieldValue("price.amount", value === "" ? null : inMinor(value))
            }
          />
        ) : null}
        {basis.kind === "minutes" || basis.kind === "units" ? (
          <NumberInput
            label={t(basis.kind === "units" ? "office:basis.perUnit" : "office:basis.amount")}
            min={0}
            decimalScale={digits}
            hideControls
            value={(basis.amount ?? 0) / unit}
            error={errors["priceBasis.amount"]}
            onChange={(value) => setBasis({ amount: inMinor(value) })}
          />
        ) : null}
        {basis.kind === "minutes" ? (
          <NumberInput
            label={t("office:basis.perMinutes")}
            min={1}
            allowDecimal={false}
            hideControls
            value={basis.minutes ?? ""}
            error={errors["priceBasis.minutes"]}
            onChange={(value) => setBasis({ minutes: Number(value) })}
          />
        ) : null}
        <NumberInput
          label={t("admin:service.fee")}
          description={t("admin:service.feeText")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          min={0}
          decimalScale={digits}
          hideControls
          value={(cancelFeeAmount ?? 0) / unit}
          error={errors.cancelFeeAmount}
          onChange={(value) => form.setFieldValue("cancelFeeAmount", inMinor(value))}
        />
      </SimpleGrid>
      {basis.kind === "tiers" ? (
        <TierFields
          tiers={basis.tiers ?? []}
          currency={price.currency}
          errors={errors}
          onChange={(tiers) => setBasis({ tiers })}
        />
      ) : null}
      <TaxFields
        tax={form.values.tax ?? null}
        errors={errors}
        onChange={(tax) => form.setFieldValue("tax", tax)}
      />
    </Stack>
  );
}
