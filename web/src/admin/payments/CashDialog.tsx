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
  due: Money;
  /** Something was said before, and is put right. */
  isCorrection: boolean;
  onClose: () => void;
}

/** Notes that money was taken on site. Another amount than was due needs a reason. */
export function CashDialog({ seen, current, due, isCorrection, onClose }: Props) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const [amount, setAmount] = useState<Money | undefined>(due);
  const owed = t("cash.amountText", { amount: formats.money(due) });
  return (
    <DecisionDialog
      seen={seen}
      current={current}
      title={t("cash.title", { reference: seen.reference })}
      text={t("cash.text")}
      action={t("cash.save")}
      done={t("cash.done", { reference: seen.reference })}
      isBlocked={amount === undefined || (!isCorrection && amount.amount === 0)}
      isReasonNeeded={isCorrection || amount?.amount !== due.amount}
      send={({ id, rev, reason, key }) =>
        unwrap(
          api.POST("/api/admin/service-requests/{id}/mark-cod-collected", {
            params: { path: { id }, header: { ...change(key), "If-Match": etag(rev) } },
            body: {
              amount: amount ?? null,
              correction: isCorrection,
              reason: reason === "" ? null : reason,
            },
          }),
        )
      }
      onClose={onClose}
    >
      <AmountField
        label={t("cash.amount")}
        description={isCorrection ? `${owed} ${t("cash.zeroText")}` : owed}
        currency={due.currency}
        value={amount}
        onChange={setAmount}
      />
    </DecisionDialog>
  );
}
