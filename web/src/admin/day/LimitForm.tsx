import { Button, Group, NumberInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { effectOf } from "../capacity/effect";
import { EffectList } from "./EffectList";
import { FormFrame } from "./FormFrame";
import { ReasonField } from "./ReasonField";
import { type DayFormProps, useDayForm } from "./useDayForm";

/** Gives a day a limit of its own instead of the team's usual one. */
export function LimitForm(props: DayFormProps) {
  const { day, waitingUnits } = props;
  const { t } = useTranslation("admin");
  const form = useDayForm(props);
  const [limit, setLimit] = useState<number | string>(day.baseLimit);
  const [reserve, setReserve] = useState<number | string>(day.reserve);
  const wanted = {
    limit: typeof limit === "number" ? limit : day.baseLimit,
    reserve: typeof reserve === "number" ? reserve : day.reserve,
  };
  const effect = effectOf(day, { kind: "limit", ...wanted }, waitingUnits);
  const isReserveTooLarge = wanted.reserve > wanted.limit;

  return (
    <FormFrame
      title={t("day.limit")}
      hasMoved={form.hasMoved}
      onSubmit={() => form.submit({ kind: "limit", ...wanted })}
    >
      {form.send.isError ? <ProblemAlert error={form.send.error} isFocused /> : null}
      <Group align="flex-start" grow preventGrowOverflow={false} wrap="wrap">
        <NumberInput
          label={t("limit.limit")}
          description={t("limit.limitText")}
          value={limit}
          onChange={setLimit}
          min={0}
          allowDecimal={false}
          hideControls
          required
        />
        <NumberInput
          label={t("limit.reserve")}
          description={t("limit.reserveText")}
          value={reserve}
          onChange={setReserve}
          min={0}
          allowDecimal={false}
          hideControls
          error={isReserveTooLarge ? t("limit.reserveTooLarge") : undefined}
        />
      </Group>
      <EffectList day={day} effect={effect} waitingUnits={waitingUnits} />
      <ReasonField value={form.reason} onChange={form.setReason} isMissing={form.isReasonMissing} />
      <Group>
        <Button
          type="submit"
          loading={form.send.isPending}
          disabled={effect.shortBy > 0 || isReserveTooLarge}
        >
          {t("limit.submit")}
        </Button>
        {day.inherited ? null : (
          <Button
            variant="default"
            disabled={form.send.isPending}
            onClick={() => form.submit({ kind: "follow" })}
          >
            {t("limit.follow")}
          </Button>
        )}
      </Group>
    </FormFrame>
  );
}
