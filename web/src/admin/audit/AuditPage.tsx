import { Alert, Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconAlert, IconSearch, IconShield } from "../../ui/icons";
import { useVerify } from "../data/audit";
import { useUsers } from "../data/users";
import { addDays, isDay } from "../lib/days";
import { AuditTrail } from "./AuditTrail";
import { DayInput } from "../lib/DayInput";

/** Beginnings of what entries can be about. */
const KINDS = [
  "ledger:",
  "request:",
  "team:",
  "service:",
  "member:",
  "resource:",
  "user:",
] as const;

/** Everything that was changed by hand, sealed entry by entry. */
export default function AuditPage() {
  const { t } = useTranslation("admin");
  const [params, setParams] = useSearchParams();
  const users = useUsers();
  const put = (name: string, value: string | null) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === null || value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const object = params.get("object") ?? "";
  const actor = params.get("actor");
  const [from, to] = [params.get("from") ?? "", params.get("to") ?? ""];
  const midnight = (day: string) => new Date(`${day}T00:00:00`).toISOString();

  return (
    <>
      <PageTitle lead={t("audit.lead")}>{t("page.audit")}</PageTitle>
      <Stack gap="lg">
        <Verify />
        <Group align="flex-end" gap="sm" role="search" aria-label={t("audit.filter")}>
          <TextInput
            label={t("audit.object")}
            placeholder="ledger:"
            value={object}
            onChange={(event) => put("object", event.currentTarget.value)}
            leftSection={<IconSearch size={18} />}
            list="audit-objects"
            data-search
            maxLength={120}
          />
          <datalist id="audit-objects">
            {KINDS.map((kind) => (
              <option key={kind} value={kind} />
            ))}
          </datalist>
          <Select
            label={t("audit.by")}
            data={(users.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            value={actor}
            onChange={(value) => put("actor", value)}
            placeholder={t("audit.anybody")}
            clearable
            searchable
            clearButtonProps={{ "aria-label": t("audit.anybody") }}
          />
          <DayInput
            label={t("audit.from")}
            value={isDay(from) ? from : null}
            onChange={(value) => put("from", value)}
            size="md"
            clearable
            clearButtonProps={{ "aria-label": t("action.clear") }}
            miw={160}
          />
          <DayInput
            label={t("audit.to")}
            value={isDay(to) ? to : null}
            onChange={(value) => put("to", value)}
            size="md"
            clearable
            clearButtonProps={{ "aria-label": t("action.clear") }}
            miw={160}
          />
        </Group>
        <AuditTrail
          empty={t("audit.nothing")}
          {...(object === "" ? {} : { object })}
          {...(actor === null ? {} : { actor })}
          {...(isDay(from) ? { from: midnight(from) } : {})}
          {...(isDay(to) ? { to: midnight(addDays(to, 1)) } : {})}
        />
      </Stack>
    </>
  );
}

/** Follows the chain of hashes from the first entry on, and says whether it holds. */
function Verify() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const verify = useVerify();
  return (
    <Stack gap="sm" align="flex-start">
      <Button
        variant="default"
        maw="100%"
        leftSection={<IconShield size={18} />}
        loading={verify.isPending}
        onClick={() => verify.mutate()}
      >
        {t("audit.verify")}
      </Button>
      {verify.isError ? <ProblemAlert error={verify.error} isFocused /> : null}
      <div role="status">
        {verify.data === undefined ? null : verify.data.ok ? (
          <Alert color="pine" icon={<IconShield />} title={t("audit.intact")}>
            {t("audit.intactText", {
              count: verify.data.entries,
              shown: formats.number(verify.data.entries),
            })}
          </Alert>
        ) : (
          <Alert color="red" icon={<IconAlert />} title={t("audit.broken")}>
            <span lang="en">{verify.data.firstProblem}</span>
          </Alert>
        )}
      </div>
    </Stack>
  );
}
