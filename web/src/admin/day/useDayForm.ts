import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { reversalOf, type Reversal } from "../capacity/undo";
import type { CapacityDay } from "../data/capacity";
import type { Team } from "../data/catalog";
import { isReasonGood } from "../requests/steps";
import { announce } from "../shell/undo";
import {
  type ChangedDay,
  type DayOrder,
  isOperation,
  type Operation,
  ordered,
  useChangeDay,
} from "./useChangeDay";

export interface DayFormProps {
  team: Team;
  day: CapacityDay;
  waitingUnits: number;
  onDone: () => void;
}

/** What the forms of a day have in common: a reason, one send, the way back, and a watch on the day. */
export function useDayForm({ team, day, onDone }: DayFormProps) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const place = { teamId: team.id, date: day.date };
  const send = useChangeDay(place);
  const [reason, setReason] = useState("");
  const [isReasonMissing, setReasonMissing] = useState(false);
  // The day as it was when somebody began to think about it.
  const seenSeq = useRef(day.seq);
  const [, acknowledge] = useState(0);
  const hasMoved = day.seq !== seenSeq.current;

  const submit = (order: DayOrder, onAnswer?: (answer: ChangedDay | Operation) => void): void => {
    if (!isReasonGood(reason)) {
      setReasonMissing(true);
      return;
    }
    setReasonMissing(false);
    if (hasMoved) {
      // Shown anew first: nobody decides on numbers that are gone.
      seenSeq.current = day.seq;
      acknowledge((count) => count + 1);
      return;
    }
    const sent = ordered(order, reason);
    send.mutate(sent, {
      onSuccess: (answer) => {
        const created = isOperation(answer) ? undefined : (answer.id ?? undefined);
        const back = reversalOf(order.kind, day, created);
        const text = t(`done.${order.kind}`, { team: team.name, day: formats.dayShort(day.date) });
        announce(text, back && undoing(back, t("undo.reason", { reason: sent.reason })));
        onAnswer?.(answer);
        onDone();
      },
    });
  };
  const undoing = (back: Reversal, why: string) => async () => {
    await send.mutateAsync(ordered(back, why.slice(0, 500)));
  };

  return { reason, setReason, isReasonMissing, hasMoved, submit, send };
}
