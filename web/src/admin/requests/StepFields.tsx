import { Radio, Stack, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { useServices } from "../data/catalog";
import type { RequestDetail } from "../data/requests";
import { MemberSelect } from "./MemberSelect";
import { NewTimeFields } from "./NewTimeFields";
import type { Step } from "./steps";
import type { Scope, StepInput } from "./takeStep";

interface Props {
  step: Step;
  request: RequestDetail;
  input: StepInput;
  onChange: (input: StepInput) => void;
}

const SCOPES: readonly Scope[] = ["this", "following", "all"];

/** What a step needs beside a reason. */
export function StepFields({ step, request, input, onChange }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const services = useServices();
  const service = services.data?.find(({ id }) => id === request.service.id);
  const fee = service?.cancelFeeAmount ?? 0;
  const hasScope = request.series != null && (step === "cancel" || step === "reschedule");

  return (
    <Stack>
      {step === "assign" ? (
        <MemberSelect
          teamIds={[request.team.id]}
          value={input.memberId ?? null}
          onChange={(id) => {
            const { memberId: _old, ...rest } = input;
            onChange(id === null ? rest : { ...rest, memberId: id });
          }}
        />
      ) : null}
      {step === "reschedule" ? (
        <NewTimeFields request={request} input={input} onChange={onChange} />
      ) : null}
      {step === "cancel" && fee > 0 ? (
        <Switch
          size="md"
          label={t("step.fee", {
            amount: formats.money({ amount: fee, currency: request.price.currency }),
          })}
          description={t("step.chargeFeeText")}
          checked={input.chargeFee ?? false}
          onChange={(event) => onChange({ ...input, chargeFee: event.currentTarget.checked })}
        />
      ) : null}
      {hasScope ? (
        <Radio.Group
          label={t("step.scope")}
          value={input.scope ?? "this"}
          onChange={(next) =>
            onChange({ ...input, scope: SCOPES.find((one) => one === next) ?? "this" })
          }
        >
          <Stack gap="xs" mt="xs">
            {SCOPES.map((scope) => (
              <Radio key={scope} value={scope} label={t(`scope.${scope}`)} />
            ))}
          </Stack>
        </Radio.Group>
      ) : null}
    </Stack>
  );
}
