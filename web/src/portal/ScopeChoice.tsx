import { Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

export const SCOPES = ["this", "following", "all"] as const;
export type Scope = (typeof SCOPES)[number];

interface Props {
  value: Scope;
  onChange: (scope: Scope) => void;
}

/** How far a change of one visit reaches into its series. */
export function ScopeChoice({ value, onChange }: Props) {
  const { t } = useTranslation("portal");
  return (
    <Radio.Group
      label={t("scope.legend")}
      value={value}
      onChange={(chosen) => onChange(SCOPES.find((scope) => scope === chosen) ?? "this")}
    >
      <Stack gap={0} mt="xs">
        {SCOPES.map((scope) => (
          <Radio key={scope} size="md" py={8} value={scope} label={t(`scope.${scope}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
