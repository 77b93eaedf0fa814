import { ActionIcon, Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import type { FormErrors } from "@mantine/form";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { minorDigits } from "../../i18n/formats";
import { IconPlus, IconTrash } from "../../ui/icons";

type Tier = Schemas["PriceTier"];

interface Props {
  tiers: readonly Tier[];
  currency: string;
  errors: FormErrors;
  onChange: (tiers: Tier[]) => void;
}

/** Bands of units: each has a last unit but the last one, which is open. */
export function TierFields({ tiers, currency, errors, onChange }: Props) {
  const { t } = useTranslation("office");
  const digits = minorDigits(currency);
  const unit = 10 ** digits;
  const put = (index: number, changed: Partial<Tier>) =>
    onChange(tiers.map((tier, at) => (at === index ? { ...tier, ...changed } : tier)));
  const last = tiers.length - 1;
  const add = () => {
    const open = tiers[last] ?? { upTo: null, amount: 0 };
    const upTo = (tiers[last - 1]?.upTo ?? 0) + 1;
    onChange([...tiers.slice(0, last), { ...open, upTo }, { ...open, upTo: null }]);
  };
  const remove = (index: number) => {
    const left = tiers.filter((_, at) => at !== index);
    onChange(left.map((tier, at) => (at === left.length - 1 ? { ...tier, upTo: null } : tier)));
  };

  return (
    <Stack gap="sm">
      {tiers.map((tier, index) => (
        <Group
          key={index}
          role="group"
          aria-label={t("basis.band", { number: index + 1 })}
          align="flex-end"
          wrap="nowrap"
        >
          {index === last ? (
            <Text flex={1} pb={10}>
              {t("basis.andMore")}
            </Text>
          ) : (
            <NumberInput
              label={t("basis.upTo")}
              min={1}
              allowDecimal={false}
              hideControls
              flex={1}
              value={tier.upTo ?? ""}
              error={errors[`priceBasis.tiers.${index}.upTo`]}
              onChange={(value) => put(index, { upTo: Number(value) })}
            />
          )}
          <NumberInput
            label={t("basis.perUnit")}
            min={0}
            decimalScale={digits}
            hideControls
            flex={1}
            value={tier.amount / unit}
            error={errors[`priceBasis.tiers.${index}.amount`]}
            onChange={(value) => put(index, { amount: Math.round(Number(value) * unit) })}
          />
          <ActionIcon
            variant="subtle"
            color="red"
            disabled={tiers.length === 1}
            aria-label={t("basis.removeBand", { number: index + 1 })}
            onClick={() => remove(index)}
          >
            <IconTrash size={18} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button variant="default" leftSection={<IconPlus size={18} />} onClick={add}>
          {t("basis.addBand")}
        </Button>
      </Group>
    </Stack>
  );
}
