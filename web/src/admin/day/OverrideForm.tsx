import { Button, Group, NumberInput, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { effectOf } from "../capacity/effect";
import { EffectList } from "./EffectList";
import { FormFrame } from "./FormFrame";
import { ReasonField } from "./ReasonField";
import { type DayFormProps, useDayForm } from "./useDayForm";
import { MomentInput } from "../lib/DayInput";

/** Most places that one override adds or takes away. */
const DELTA_MAX = 1_000;

/** Gives a day more places, or fewer, for a reason, and perhaps until some time. */
export function OverrideForm(props: DayFormProps) {
  const { day, waitingUnits } = props;
  const { t } = useTranslation("admin");
  const form = useDayForm(props);
  const [delta, setDelta] = useState<number | string>(1);
  const [expiry, setExpiry] = useState<string | null>(null);
  const number = typeof delta === "number" ? delta : 0;
  const effect = effectOf(day, { kind: "override", delta: number }, waitingUnits);

  const submit = () => {
    if (number === 0) return;
    const expiresAt = expiry === null ? undefined : new Date(expiry.replace(" ", "T"));
    form.submit({
      kind: "override",
      delta: number,
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
    });
  };

  return (
    <FormFrame title={t("day.override")} hasMoved={form.hasMoved} onSubmit={submit}>
      {form.send.isError ? <ProblemAlert error={form.send.error} isFocused /> : null}
      <Group align="flex-start" grow preventGrowOverflow={false} wrap="wrap">
        <NumberInput
          label={t("override.delta")}
          description={t("override.deltaText")}
          value={delta}
          onChange={setDelta}
          min={-DELTA_MAX}
          max={DELTA_MAX}
          allowDecimal={false}
          error={number === 0 ? t("override.zero") : undefined}
          data-autofocus
          hideControls
        />
        <MomentInput
          label={t("override.expires")}
          description={t("override.expiresText")}
          value={expiry}
          onChange={setExpiry}
          minDate={new Date()}
          clearable
          size="md"
          clearButtonProps={{ "aria-label": t("override.never") }}
        />
      </Group>
      <EffectList day={day} effect={effect} waitingUnits={waitingUnits} />
      <ReasonField value={form.reason} onChange={form.setReason} isMissing={form.isReasonMissing} />
      <Stack align="flex-start">
        <Button type="submit" loading={form.send.isPending} disabled={effect.shortBy > 0}>
          {t("override.submit")}
        </Button>
      </Stack>
    </FormFrame>
  );
}
