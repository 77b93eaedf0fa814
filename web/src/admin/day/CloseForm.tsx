import { Alert, Button, Group, Radio, Select, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconAlert } from "../../ui/icons";
import { effectOf } from "../capacity/effect";
import { useMembers } from "../data/catalog";
import type { Request } from "../data/requests";
import { EffectList } from "./EffectList";
import { FormFrame } from "./FormFrame";
import { ReasonField } from "./ReasonField";
import { isOperation } from "./useChangeDay";
import { type DayFormProps, useDayForm } from "./useDayForm";

type How = "close" | "displace" | "ill";

interface Props extends DayFormProps {
  bookings: readonly Request[];
  onOperation: (id: string) => void;
}

const ACTIVE = ["pending", "confirmed", "held"];

/** Closes a day, with or without telling those who are booked; or opens it again. */
export function CloseForm(props: Props) {
  const { team, day, waitingUnits, bookings, onOperation } = props;
  const { t } = useTranslation("admin");
  const form = useDayForm(props);
  const members = useMembers();
  const [how, setHow] = useState<How>("close");
  const [memberId, setMemberId] = useState<string | null>(null);
  const own = (members.data ?? []).filter(({ teamIds }) => teamIds?.includes(team.id));
  const kind = day.closed ? "open" : "close";
  const touched = bookings.filter(
    ({ status, teamMember }) =>
      ACTIVE.includes(status) && (how !== "ill" || teamMember?.id === memberId),
  );

  const submit = () => {
    if (day.closed) form.submit({ kind: "open" });
    else if (how === "close") form.submit({ kind: "close" });
    else {
      if (how === "ill" && memberId === null) return;
      const order = {
        kind: "displace" as const,
        ...(how === "ill" && memberId ? { memberId } : {}),
      };
      form.submit(order, (answer) => {
        if (isOperation(answer)) onOperation(answer.id);
      });
    }
  };

  return (
    <FormFrame
      title={t(day.closed ? "day.open" : "day.close")}
      hasMoved={form.hasMoved}
      onSubmit={submit}
    >
      {form.send.isError ? <ProblemAlert error={form.send.error} isFocused /> : null}
      {day.closed ? null : (
        <Radio.Group
          label={t("close.how")}
          value={how}
          onChange={(next) => setHow(next === "displace" || next === "ill" ? next : "close")}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="close" label={t("close.quiet")} description={t("close.quietText")} />
            <Radio
              value="displace"
              label={t("close.displace")}
              description={t("close.displaceText")}
            />
            <Radio value="ill" label={t("close.ill")} description={t("close.illText")} />
          </Stack>
        </Radio.Group>
      )}
      {how === "ill" && !day.closed ? (
        <Select
          label={t("close.member")}
          data={own.map(({ id, name }) => ({ value: id, label: name }))}
          value={memberId}
          onChange={setMemberId}
          required
          searchable
        />
      ) : null}
      {how === "close" || day.closed ? (
        <EffectList
          day={day}
          effect={effectOf(day, { kind }, waitingUnits)}
          waitingUnits={waitingUnits}
        />
      ) : (
        <Alert color="marigold" icon={<IconAlert />} role="status">
          {t("close.touches", { count: touched.length })}
        </Alert>
      )}
      <ReasonField value={form.reason} onChange={form.setReason} isMissing={form.isReasonMissing} />
      <Group>
        <Button
          type="submit"
          color={how === "close" || day.closed ? undefined : "red"}
          loading={form.send.isPending}
        >
          {t(day.closed ? "close.openIt" : how === "close" ? "close.closeIt" : "close.begin")}
        </Button>
      </Group>
    </FormFrame>
  );
}
