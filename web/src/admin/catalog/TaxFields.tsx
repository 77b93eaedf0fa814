import { NumberInput, Select, SimpleGrid, Stack, Switch } from "@mantine/core";
import type { FormErrors } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";

type Tax = Schemas["ServiceTax"];

const MODES = ["inclusive", "exclusive"] as const;
/** What a tax begins with when it is switched on. */
const USUAL: Tax = { percent: 19, mode: "inclusive" };

interface Props {
  tax: Tax | null;
  errors: FormErrors;
  onChange: (tax: Tax | null) => void;
}

/** Whether a service is taxed, how much, and whether its prices have that in them. */
export function TaxFields({ tax, errors, onChange }: Props) {
  const { t } = useTranslation("office");
  return (
    <Stack gap="sm">
      <Switch
        size="md"
        label={t("tax.has")}
        checked={tax !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? USUAL : null)}
      />
      {tax === null ? null : (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <NumberInput
            label={t("tax.percent")}
            min={0}
            max={100}
            decimalScale={2}
            suffix=" %"
            hideControls
            value={tax.percent}
            error={errors["tax.percent"]}
            onChange={(value) => onChange({ ...tax, percent: Number(value) })}
          />
          <Select
            label={t("tax.mode")}
            data={MODES.map((mode) => ({ value: mode, label: t(`tax.${mode}`) }))}
            allowDeselect={false}
            value={tax.mode}
            error={errors["tax.mode"]}
            onChange={(next) =>
              onChange({ ...tax, mode: MODES.find((mode) => mode === next) ?? tax.mode })
            }
          />
        </SimpleGrid>
      )}
    </Stack>
  );
}
