import { Alert, Button, Checkbox, Group, List, Progress, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { Dialog } from "../shell/Dialog";

import { newKey } from "../../api";
import { IconCheck } from "../../ui/icons";
import { CAPACITY } from "../data/capacity";
import { type Request, REQUESTS } from "../data/requests";
import { ReasonField } from "../day/ReasonField";
import { useAccount } from "../shell/Account";
import { MemberSelect } from "./MemberSelect";
import { type BulkResult, runBulk } from "./bulk";
import { type BulkStep, isReasonGood, isReasonNeeded, stepsOf } from "./steps";
import { takeStep } from "./takeStep";

interface Props {
  step: BulkStep;
  chosen: readonly Request[];
  onClose: (isDone: boolean) => void;
}

/** One step for many bookings: says first which it reaches, afterwards what came of each. */
export function BulkDialog({ step, chosen, onClose }: Props) {
  const { t } = useTranslation(["admin", "problems"]);
  const { role } = useAccount();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const [memberId, setMemberId] = useState<string | null>(null);
  const [chargeFee, setChargeFee] = useState(false);
  const [done, setDone] = useState<number>();
  const [results, setResults] = useState<BulkResult<Request>[]>();
  const reached = chosen.filter(({ status }) => stepsOf(status, role).includes(step));
  const skipped = chosen.length - reached.length;
  const teams = [...new Set(reached.map(({ team }) => team.id))];
  const isBusy = done !== undefined && results === undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const isGood = isReasonNeeded(step)
      ? isReasonGood(reason)
      : reason === "" || isReasonGood(reason);
    setMissing(!isGood);
    if (!isGood) return;
    setDone(0);
    const input = { reason: reason.trim(), chargeFee, ...(memberId === null ? {} : { memberId }) };
    const act = ({ id, rev }: Request) => takeStep({ id, rev, step, input, key: newKey() });
    setResults(await runBulk(reached, act, setDone));
    for (const name of [REQUESTS, CAPACITY]) void queries.invalidateQueries({ queryKey: [name] });
  };

  return (
    <Dialog
      opened
      onClose={() => (isBusy ? undefined : onClose(results !== undefined))}
      title={t(`admin:bulkTitle.${step}`)}
      size="lg"
    >
      {results === undefined ? (
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack>
            <Text>{t("admin:bulk.reaches", { count: reached.length })}</Text>
            {skipped > 0 ? (
              <Alert color="marigold">{t("admin:bulk.skips", { count: skipped })}</Alert>
            ) : null}
            {step === "assign" ? (
              <MemberSelect teamIds={teams} value={memberId} onChange={setMemberId} />
            ) : null}
            {step === "cancel" ? (
              <Checkbox
                size="md"
                label={t("admin:step.chargeFee")}
                description={t("admin:step.chargeFeeText")}
                checked={chargeFee}
                onChange={(event) => setChargeFee(event.currentTarget.checked)}
              />
            ) : null}
            <ReasonField
              value={reason}
              onChange={setReason}
              isMissing={isMissing}
              isRequired={isReasonNeeded(step)}
            />
            {done === undefined ? null : (
              <Progress
                value={reached.length === 0 ? 100 : (done / reached.length) * 100}
                aria-label={t("admin:bulk.progress")}
              />
            )}
            <Group>
              <Button
                type="submit"
                loading={isBusy}
                disabled={reached.length === 0}
                color={step === "cancel" ? "red" : undefined}
              >
                {t(`admin:bulk.${step}`, { count: reached.length })}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Results results={results} onClose={() => onClose(true)} />
      )}
    </Dialog>
  );
}

function Results({ results, onClose }: { results: BulkResult<Request>[]; onClose: () => void }) {
  const { t } = useTranslation(["admin", "problems"]);
  const failed = results.filter(({ problem }) => problem !== undefined);
  return (
    <Stack>
      <Alert color="pine" icon={<IconCheck />} role="status">
        {t("admin:bulk.done", { count: results.length - failed.length })}
      </Alert>
      {failed.length === 0 ? null : (
        <Alert color="red" title={t("admin:bulk.failed", { count: failed.length })}>
          <List>
            {failed.map(({ item, problem }) => (
              <List.Item key={item.id}>
                <Link to={`/requests/${item.id}`}>{item.reference}</Link>:{" "}
                {problem === undefined ? "" : t(`problems:${problem.code}.title`)}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Group>
        <Button onClick={onClose}>{t("admin:action.close")}</Button>
      </Group>
    </Stack>
  );
}
