import { Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { REASON_CHARS_MAX } from "../requests/steps";

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** Shown when somebody tried without. */
  isMissing: boolean;
  isRequired?: boolean;
  description?: string;
}

/** Why something is done. It stands in the audit trail for ever. */
export function ReasonField({ value, onChange, isMissing, isRequired = true, description }: Props) {
  const { t } = useTranslation("admin");
  return (
    <Textarea
      label={t(isRequired ? "reason.label" : "reason.optional")}
      description={description ?? t("reason.text")}
      required={isRequired}
      autosize
      minRows={2}
      maxLength={REASON_CHARS_MAX}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={isMissing ? t("reason.missing") : undefined}
    />
  );
}
