import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, change, etag, unwrap } from "../../api";
import type { Money } from "../../i18n/formats";
import { useFormats } from "../../i18n/useFormats";
import type { RequestDetail } from "../data/requests";
import { AmountField } from "./AmountField";
import { DecisionDialog } from "./DecisionDialog";

interface Props {
  seen: RequestDetail;
  current: RequestDetail;
  /** What came by card and has not gone back yet. */
  refundable: Money;
  onClose: () => void;
}

/** Gives money back that was paid by card: all of it, or a part, and why. */
export function RefundDialog({ seen, current, refundable, onClose }: Props) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const [amount, setAmount] = useState<Money | undefined>(refundable);
  const isPossible =
    amount !== undefined && amount.amount > 0 && amount.amount <= refundable.amount;
  return (
    <DecisionDialog
      seen={seen}
      current={current}
      title={t("refund.title", { reference: seen.reference })}
      text={t("refund.text")}
      action={t("refund.send")}
      done={t("refund.done", { reference: seen.reference })}
      isHarsh
      isBlocked={!isPossible}
      isReasonNeeded
      send={({ id, rev, reason, key }) =>
        unwrap(
          api.POST("/api/admin/service-requests/{id}/refund", {
            params: { path: { id }, header: { ...change(key), "If-Match": etag(rev) } },
            body: { amount: amount ?? null, reason },
          }),
        )
      }
      onClose={onClose}
    >
      <AmountField
        label={t("refund.amount")}
        description={t("refund.most", { amount: formats.money(refundable) })}
        currency={refundable.currency}
        max={refundable.amount}
        value={amount}
        onChange={setAmount}
      />
    </DecisionDialog>
  );
}
