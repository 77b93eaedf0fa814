import { Button, Group, NumberInput, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { minorDigits } from "../../i18n/formats";
import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconTrash } from "../../ui/icons";
import { useCatalogChange } from "../catalog/entity";
import { IconCoins } from "../lib/icons";
import { useCan } from "../shell/Account";
import { announce } from "../shell/undo";
import { putPriceSteps, type Steps, usePriceSteps } from "./data";
import { CURRENCIES } from "./MoneyInput";

/** What prices are rounded to, currency by currency. */
export default function RoundingPage() {
  const { t } = useTranslation(["office", "admin"]);
  const steps = usePriceSteps();
  return (
    <>
      <PageTitle lead={t("office:rounding.lead")}>{t("admin:page.rounding")}</PageTitle>
      {steps.isError ? (
        <ProblemAlert error={steps.error} onRetry={() => void steps.refetch()} />
      ) : steps.data === undefined ? (
        <PageSkeleton />
      ) : (
        <StepsForm key={JSON.stringify(steps.data)} saved={steps.data} />
      )}
    </>
  );
}

function StepsForm({ saved }: { saved: Steps }) {
  const { t } = useTranslation("office");
  const canEdit = useCan()("edit-catalog");
  const [steps, setSteps] = useState(saved);
  const save = useCatalogChange(putPriceSteps);
  const rows = Object.entries(steps).sort(([one], [other]) => one.localeCompare(other));
  const free = CURRENCIES.filter((currency) => steps[currency] === undefined);
  const without = (gone: string) =>
    Object.fromEntries(rows.filter(([currency]) => currency !== gone));
  const isSame = JSON.stringify(rows) === JSON.stringify(Object.entries(saved).sort());

  return (
    <Stack maw="40rem">
      {save.isError ? <ProblemAlert error={save.error} isFocused /> : null}
      {rows.length === 0 ? (
        <EmptyState icon={IconCoins} title={t("rounding.none")} text={t("rounding.noneText")} />
      ) : (
        <Stack className="surface" p="lg">
          {rows.map(([currency, step]) => {
            const unit = 10 ** minorDigits(currency);
            return (
              <Group key={currency} role="group" aria-label={currency} align="flex-end">
                <NumberInput
                  label={`${currency}: ${t("rounding.step")}`}
                  min={1 / unit}
                  decimalScale={minorDigits(currency)}
                  hideControls
                  disabled={!canEdit}
                  flex={1}
                  value={step / unit}
                  onChange={(value) =>
                    setSteps({ ...steps, [currency]: Math.round(Number(value) * unit) })
                  }
                />
                {canEdit ? (
                  <Button
                    variant="subtle"
                    color="red"
                    aria-label={t("rounding.remove", { currency })}
                    onClick={() => setSteps(without(currency))}
                  >
                    <IconTrash size={18} />
                  </Button>
                ) : null}
              </Group>
            );
          })}
        </Stack>
      )}
      {canEdit ? (
        <Group justify="space-between">
          <Select
            aria-label={t("rounding.add")}
            placeholder={t("rounding.add")}
            data={free}
            value={null}
            onChange={(currency) => {
              if (currency !== null) setSteps({ ...steps, [currency]: 5 });
            }}
          />
          <Button
            loading={save.isPending}
            disabled={isSame}
            onClick={() => save.mutate(steps, { onSuccess: () => announce(t("rounding.saved")) })}
          >
            {t("rounding.save")}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}
