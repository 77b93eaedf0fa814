import { NumberInput, Radio, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { EntityForm } from "../catalog/EntityForm";
import { EntityPage } from "../catalog/EntityPage";
import { DayInput } from "../lib/DayInput";
import { IconGauge } from "../lib/icons";
import {
  EVERYWHERE,
  type Surcharge,
  type SurchargeFields,
  surchargeStore,
  useSurcharges,
} from "./data";
import { MoneyInput } from "./MoneyInput";
import { ScopeFields } from "./ScopeFields";

const KINDS = ["weekend", "peak-hours", "holiday", "emergency", "lead-time"] as const;

const NEW_SURCHARGE: SurchargeFields = {
  kind: "weekend",
  name: "",
  percent: 20,
  amount: null,
  holidays: null,
  underMinutes: null,
  scope: EVERYWHERE,
  order: 0,
  stacking: "additive",
  isActive: true,
};

function fieldsOf({ id: _id, rev: _rev, ...fields }: Surcharge): SurchargeFields {
  return { ...NEW_SURCHARGE, percent: null, ...fields };
}

const nameOf = ({ name }: Surcharge) => name;

/** What makes a visit dearer: weekends, peak hours, holidays, emergencies, short notice. */
export default function SurchargesPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const surcharges = useSurcharges();
  const kindWord = (kind: string) => {
    const known = KINDS.find((one) => one === kind);
    return known === undefined ? kind : t(`surchargeKind.${known}`);
  };
  return (
    <EntityPage
      page="surcharges"
      list={surcharges}
      ability="edit-catalog"
      icon={IconGauge}
      nameOf={nameOf}
      isActive={({ isActive }) => isActive !== false}
      columns={[
        { name: t("surcharge.kind"), cell: ({ kind }) => kindWord(kind) },
        {
          name: t("surcharge.adds"),
          cell: ({ percent, amount }) =>
            amount == null ? formats.percent((percent ?? 0) / 100) : formats.money(amount),
        },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={surchargeStore}
          view={view}
          initial={view === undefined ? NEW_SURCHARGE : fieldsOf(view)}
          name={view?.name ?? t("add.surcharges")}
          onDone={onDone}
          fields={(form) => <Fields form={form} />}
        />
      )}
    />
  );
}

function Fields({ form }: { form: UseFormReturnType<SurchargeFields> }) {
  const { t } = useTranslation("admin");
  const { values, errors } = form;
  const isAmount = values.amount != null;
  return (
    <Stack>
      <TextInput
        label={t("crud.name")}
        description={t("surcharge.nameText")}
        required
        {...form.getInputProps("name")}
      />
      <Select
        label={t("surcharge.kind")}
        data={KINDS.map((kind) => ({ value: kind, label: t(`surchargeKind.${kind}`) }))}
        allowDeselect={false}
        value={values.kind}
        error={errors.kind}
        onChange={(kind) =>
          form.setValues({
            kind: kind ?? values.kind,
            holidays: kind === "holiday" ? [] : null,
            underMinutes: kind === "lead-time" ? 1_440 : null,
          })
        }
      />
      {values.kind === "holiday" ? (
        <DayInput
          type="multiple"
          label={t("surcharge.holidays")}
          value={values.holidays ?? []}
          onChange={(holidays) => form.setFieldValue("holidays", holidays)}
          error={errors.holidays}
        />
      ) : null}
      {values.kind === "lead-time" ? (
        <NumberInput
          label={t("surcharge.underMinutes")}
          min={0}
          allowDecimal={false}
          hideControls
          value={values.underMinutes ?? ""}
          error={errors.underMinutes}
          onChange={(value) => form.setFieldValue("underMinutes", Number(value))}
        />
      ) : null}
      <Radio.Group
        label={t("surcharge.adds")}
        value={isAmount ? "amount" : "percent"}
        onChange={(next) =>
          form.setValues(
            next === "amount"
              ? { percent: null, amount: { amount: 1_000, currency: "EUR" } }
              : { percent: 20, amount: null },
          )
        }
      >
        <Stack gap="xs" mt="xs">
          <Radio value="percent" label={t("promoKind.percent")} />
          <Radio value="amount" label={t("promoKind.fixed")} />
        </Stack>
      </Radio.Group>
      {isAmount ? (
        <MoneyInput
          label={t("promo.amount")}
          value={values.amount}
          onChange={(amount) => form.setFieldValue("amount", amount)}
          error={errors.amount}
        />
      ) : (
        <NumberInput
          label={t("promo.percent")}
          min={0}
          decimalScale={2}
          suffix=" %"
          hideControls
          value={values.percent ?? ""}
          error={errors.percent}
          onChange={(value) => form.setFieldValue("percent", Number(value))}
        />
      )}
      <ScopeFields
        scope={values.scope}
        onChange={(scope) => form.setFieldValue("scope", scope)}
        errors={errors}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={t("surcharge.stacking")}
          data={[
            { value: "additive", label: t("surcharge.additive") },
            { value: "exclusive", label: t("surcharge.exclusive") },
          ]}
          allowDeselect={false}
          {...form.getInputProps("stacking")}
        />
        <NumberInput
          label={t("surcharge.order")}
          allowDecimal={false}
          hideControls
          {...form.getInputProps("order")}
        />
      </SimpleGrid>
      <Switch
        size="md"
        label={t("surcharge.active")}
        {...form.getInputProps("isActive", { type: "checkbox" })}
      />
    </Stack>
  );
}
