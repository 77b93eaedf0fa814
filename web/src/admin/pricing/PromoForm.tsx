import { NumberInput, Radio, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import classes from "../catalog/catalog.module.css";
import { MomentInput } from "../lib/DayInput";
import type { PromoFields } from "./data";
import { MoneyInput } from "./MoneyInput";
import { ScopeFields } from "./ScopeFields";

const KINDS = ["percent", "fixed", "free-units"] as const;

interface Props {
  form: UseFormReturnType<PromoFields>;
  isNew: boolean;
}

/** An instant of the server as the picker wants it: this device's clock. */
function toPicker(instant: string | null | undefined): string | null {
  if (instant == null) return null;
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function fromPicker(text: string | null): string | null {
  return text === null ? null : new Date(text.replace(" ", "T")).toISOString();
}

export function PromoForm({ form, isNew }: Props) {
  const { t } = useTranslation("admin");
  const { values, errors } = form;
  const count = (name: "limitTotal" | "limitPerClient" | "freeUnits") => ({
    value: values[name] ?? "",
    error: errors[name],
    min: 0,
    allowDecimal: false,
    hideControls: true,
    onChange: (value: number | string) =>
      form.setFieldValue(name, typeof value === "number" ? value : null),
  });
  const setKind = (kind: string) =>
    form.setValues({
      kind: KINDS.find((one) => one === kind) ?? "percent",
      percent: kind === "percent" ? 10 : null,
      amount: kind === "fixed" ? { amount: 1_000, currency: "EUR" } : null,
      freeUnits: kind === "free-units" ? 1 : null,
    });

  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label={t("promo.code")}
          description={t("promo.codeText")}
          required
          dir="ltr"
          {...form.getInputProps("code")}
        />
        <TextInput
          label={t("crud.name")}
          description={t("promo.nameText")}
          required
          {...form.getInputProps("name")}
        />
      </SimpleGrid>
      <fieldset className={classes.group}>
        <legend>{t("promo.worth")}</legend>
        <Stack>
          <Radio.Group aria-label={t("promo.worth")} value={values.kind} onChange={setKind}>
            <Stack gap="xs">
              {KINDS.map((kind) => (
                <Radio key={kind} value={kind} label={t(`promoKind.${kind}`)} />
              ))}
            </Stack>
          </Radio.Group>
          {values.kind === "percent" ? (
            <NumberInput
              label={t("promo.percent")}
              min={0}
              max={100}
              decimalScale={2}
              suffix=" %"
              hideControls
              value={values.percent ?? ""}
              error={errors.percent}
              onChange={(value) => form.setFieldValue("percent", Number(value))}
            />
          ) : null}
          {values.kind === "fixed" ? (
            <MoneyInput
              label={t("promo.amount")}
              value={values.amount}
              onChange={(amount) => form.setFieldValue("amount", amount)}
              error={errors.amount ?? errors["amount.amount"]}
            />
          ) : null}
          {values.kind === "free-units" ? (
            <NumberInput label={t("promo.freeUnits")} {...count("freeUnits")} />
          ) : null}
        </Stack>
      </fieldset>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <MomentInput
          label={t("promo.from")}
          value={toPicker(values.usableFrom)}
          onChange={(value) => form.setFieldValue("usableFrom", fromPicker(value))}
          error={errors.usableFrom}
          clearable
          clearButtonProps={{ "aria-label": t("action.clear") }}
        />
        <MomentInput
          label={t("promo.until")}
          value={toPicker(values.usableUntil)}
          onChange={(value) => form.setFieldValue("usableUntil", fromPicker(value))}
          error={errors.usableUntil}
          clearable
          clearButtonProps={{ "aria-label": t("action.clear") }}
        />
        <NumberInput label={t("promo.limitTotal")} {...count("limitTotal")} />
        <NumberInput label={t("promo.limitPerClient")} {...count("limitPerClient")} />
      </SimpleGrid>
      <MoneyInput
        label={t("promo.spendMin")}
        description={t("promo.spendMinText")}
        value={values.spendMin}
        onChange={(spendMin) => form.setFieldValue("spendMin", spendMin)}
        error={errors.spendMin}
      />
      <Switch
        size="md"
        label={t("promo.firstOnly")}
        {...form.getInputProps("isFirstBookingOnly", { type: "checkbox" })}
      />
      <Switch
        size="md"
        label={t("promo.stackable")}
        {...form.getInputProps("isStackable", { type: "checkbox" })}
      />
      <ScopeFields
        scope={values.scope}
        onChange={(scope) => form.setFieldValue("scope", scope)}
        errors={errors}
      />
      {isNew ? null : (
        <Switch
          size="md"
          label={t("promo.end")}
          description={t("promo.endText")}
          checked={values.state === "ended"}
          onChange={(event) =>
            form.setFieldValue("state", event.currentTarget.checked ? "ended" : "active")
          }
        />
      )}
    </Stack>
  );
}
