import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Dialog } from "../shell/Dialog";

import { ProblemError, newKey } from "../../api";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { AUDIT } from "../data/audit";
import { CAPACITY } from "../data/capacity";
import { type RequestDetail, REQUESTS } from "../data/requests";
import { ReasonField } from "../day/ReasonField";
import { announce } from "../shell/undo";
import { ChangedMeanwhile } from "./ChangedMeanwhile";
import { StepFields } from "./StepFields";
import { isReasonGood, isReasonNeeded, type Step } from "./steps";
import { type StepInput, type StepOrder, takeStep } from "./takeStep";

interface Props {
  step: Step;
  /** The booking as it was when the dialog was opened. */
  seen: RequestDetail;
  /** The booking as it is now. */
  current: RequestDetail;
  onClose: () => void;
}

const HARSH: readonly Step[] = ["decline", "cancel", "no-show", "correct"];

/** Takes one step, with what it needs; a booking that has changed meanwhile is shown first. */
export function StepDialog({ step, seen, current, onClose }: Props) {
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const [input, setInput] = useState<StepInput>({});
  const [rev, setRev] = useState(seen.rev);
  const [isAgreed, setAgreed] = useState(false);

  const readAgain = () => {
    for (const name of [REQUESTS, CAPACITY, AUDIT]) {
      void queries.invalidateQueries({ queryKey: [name] });
    }
  };
  const send = useMutation({
    mutationFn: (order: StepOrder) => takeStep(order),
    onSuccess: () => {
      announce(t(`stepDone.${step}`, { reference: seen.reference }));
      readAgain();
      onClose();
    },
    onError: readAgain,
  });
  const isStale =
    send.error instanceof ProblemError && send.error.problem.code === "stale-revision";
  const hasMoved = current.rev !== rev;
  const isBlocked = step === "reschedule" && input.startsAt === undefined;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isGood = isReasonNeeded(step)
      ? isReasonGood(reason)
      : reason.trim() === "" || isReasonGood(reason);
    setMissing(!isGood);
    if (!isGood || isBlocked) return;
    send.mutate({
      id: seen.id,
      rev,
      step,
      input: { ...input, reason: reason.trim() },
      key: newKey(),
    });
  };

  return (
    <Dialog
      opened
      onClose={onClose}
      title={t(`stepTitle.${step}`, { reference: seen.reference })}
      size={step === "reschedule" ? "xl" : "lg"}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {isStale || (hasMoved && !isAgreed) ? (
            <ChangedMeanwhile
              before={seen}
              after={current}
              onAgree={() => {
                setRev(current.rev);
                setAgreed(true);
                send.reset();
              }}
            />
          ) : send.isError ? (
            <ProblemAlert error={send.error} isFocused />
          ) : null}
          <Text>{t(`stepText.${step}`)}</Text>
          <StepFields step={step} request={current} input={input} onChange={setInput} />
          <ReasonField
            value={reason}
            onChange={setReason}
            isMissing={isMissing}
            isRequired={isReasonNeeded(step)}
            {...(isReasonNeeded(step) ? {} : { description: t("reason.optionalText") })}
          />
          <Group>
            <Button
              type="submit"
              loading={send.isPending}
              disabled={isStale || (hasMoved && !isAgreed) || isBlocked}
              color={HARSH.includes(step) ? "red" : undefined}
            >
              {t(`stepName.${step}`)}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t("action.back")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
