import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { newKey, ProblemError } from "../../api";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { AUDIT } from "../data/audit";
import { REQUESTS, type RequestDetail } from "../data/requests";
import { ReasonField } from "../day/ReasonField";
import { ChangedMeanwhile } from "../requests/ChangedMeanwhile";
import { isReasonGood } from "../requests/steps";
import { Dialog } from "../shell/Dialog";
import { announce } from "../shell/undo";

/** What is sent, at the revision that somebody has seen. */
export interface Decision {
  id: string;
  rev: number;
  /** Empty when none was needed and none was given. */
  reason: string;
  key: string;
}

interface Props {
  /** The booking as it was when the dialog was opened: what somebody decides on. */
  seen: RequestDetail;
  current: RequestDetail;
  title: string;
  text: string;
  action: string;
  done: string;
  isHarsh?: boolean;
  isBlocked: boolean;
  isReasonNeeded: boolean;
  send: (decision: Decision) => Promise<unknown>;
  children: ReactNode;
  onClose: () => void;
}

/** A decision about money: with a reason, and never about a booking that has changed meanwhile. */
export function DecisionDialog(props: Props) {
  const { seen, current, isReasonNeeded, isBlocked, onClose } = props;
  const { t } = useTranslation("admin");
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const [rev, setRev] = useState(seen.rev);

  const readAgain = () => {
    for (const name of [REQUESTS, AUDIT]) void queries.invalidateQueries({ queryKey: [name] });
  };
  const send = useMutation({
    mutationFn: props.send,
    onSuccess: () => {
      announce(props.done);
      readAgain();
      onClose();
    },
    onError: readAgain,
  });
  const isStale =
    send.error instanceof ProblemError && send.error.problem.code === "stale-revision";
  const hasMoved = isStale || current.rev !== rev;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = reason.trim();
    const isGood = (given === "" && !isReasonNeeded) || isReasonGood(given);
    setMissing(!isGood);
    if (!isGood || isBlocked || hasMoved) return;
    send.mutate({ id: seen.id, rev, reason: given, key: newKey() });
  };

  return (
    <Dialog opened onClose={onClose} title={props.title} size="lg">
      <form onSubmit={submit} noValidate>
        <Stack>
          {hasMoved ? (
            <ChangedMeanwhile
              before={seen}
              after={current}
              onAgree={() => {
                setRev(current.rev);
                send.reset();
              }}
            />
          ) : send.isError ? (
            <ProblemAlert error={send.error} isFocused />
          ) : null}
          <Text>{props.text}</Text>
          {props.children}
          <ReasonField
            value={reason}
            onChange={setReason}
            isMissing={isMissing}
            isRequired={isReasonNeeded}
            {...(isReasonNeeded ? {} : { description: t("reason.optionalText") })}
          />
          <Group>
            <Button
              type="submit"
              loading={send.isPending}
              disabled={hasMoved || isBlocked}
              color={props.isHarsh === true ? "red" : undefined}
            >
              {props.action}
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
