import { Button, Group, Text, Textarea, Title } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { useOnline } from "../ui/useOnline";
import { ChangeOutcome } from "./ChangeOutcome";
import { type Scope, ScopeChoice } from "./ScopeChoice";
import classes from "./portal.module.css";
import { feeNow } from "./status";
import type { BookingDetail } from "./useBookings";
import { useChange } from "./useChange";

interface Props {
  booking: BookingDetail;
  token: string | undefined;
  onClose: () => void;
}

const REASON_CHARS_MAX = 500;

/** Calling a booking off: what it costs, why, how far it reaches, and no way to do it by accident. */
export function CancelPanel({ booking, token, onClose }: Props) {
  const { t } = useTranslation(["portal", "common"]);
  const formats = useFormats();
  const isOnline = useOnline();
  const heading = useRef<HTMLHeadingElement>(null);
  const change = useChange(booking, token);
  const [reason, setReason] = useState("");
  const [scope, setScope] = useState<Scope>("this");
  const fee = feeNow(booking, Date.now());
  const { freeCancelUntil } = booking.policy ?? {};

  useEffect(() => heading.current?.focus(), []);

  const submit = () =>
    change.submit({
      kind: "cancel",
      action: "cancel",
      hasFee: fee !== undefined,
      body: {
        ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
        ...(scope === "this" ? {} : { scope }),
      },
    });
  return (
    <section className={`surface ${classes.panel}`} aria-labelledby="cancel-heading">
      <Title order={2} id="cancel-heading" ref={heading} tabIndex={-1}>
        {t("portal:cancel.title")}
      </Title>
      <Text>
        {fee !== undefined
          ? t("portal:cancel.fee", { fee: formats.money(fee) })
          : freeCancelUntil == null
            ? t("portal:cancel.free")
            : t("portal:cancel.freeUntil", {
                until: formats.dateTime(freeCancelUntil, booking.timeZone),
              })}
      </Text>
      {booking.series == null ? null : <ScopeChoice value={scope} onChange={setScope} />}
      <Textarea
        label={t("portal:cancel.reason")}
        description={t("common:optional")}
        maxLength={REASON_CHARS_MAX}
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <ChangeOutcome change={change} timeZone={booking.timeZone} />
      {fee !== undefined && !isOnline ? <Text>{t("portal:cancel.needsConnection")}</Text> : null}
      <Group>
        <Button
          color="red.8"
          loading={change.isBusy}
          disabled={(fee !== undefined && !isOnline) || change.isWaiting}
          onClick={submit}
        >
          {fee === undefined
            ? t("portal:cancel.submit")
            : t("portal:cancel.submitFee", { fee: formats.money(fee) })}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("portal:cancel.keep")}
        </Button>
      </Group>
    </section>
  );
}
