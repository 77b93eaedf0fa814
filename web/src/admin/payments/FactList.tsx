import { Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { useUserNames } from "../data/users";
import { FACT_KINDS, FACT_STATES, type Fact } from "./facts";

/** What is known about the money, in the order in which it became known. */
export function FactList({ facts, timeZone }: { facts: readonly Fact[]; timeZone: string }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const nameOf = useUserNames();
  return (
    <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: "none" }}>
      {facts.map((fact, index) => {
        const known = FACT_KINDS.find((one) => one === fact.kind);
        const state = FACT_STATES.find((one) => one === fact.state);
        const by = nameOf(fact.by);
        return (
          <li key={`${fact.kind} ${index}`}>
            <Group justify="space-between" gap="sm" wrap="nowrap" align="flex-start">
              <div>
                <Text>
                  {known === undefined
                    ? fact.kind
                    : t(`fact.${known}`, { number: fact.attempt ?? 1 })}
                  {fact.state === undefined
                    ? ""
                    : `: ${state === undefined ? fact.state : t(`factState.${state}`)}`}
                  {by === undefined ? "" : ` ${t("payment.by", { name: by })}`}
                </Text>
                {fact.id === undefined ? null : (
                  <Text size="sm" c="dimmed" dir="ltr" style={{ overflowWrap: "anywhere" }}>
                    {fact.id}
                  </Text>
                )}
                {fact.at === undefined ? null : (
                  <Text size="sm" c="dimmed">
                    {formats.dateTime(fact.at, timeZone)}
                  </Text>
                )}
              </div>
              {fact.amount === undefined ? null : (
                <Text className="tabular">{formats.money(fact.amount)}</Text>
              )}
            </Group>
          </li>
        );
      })}
    </Stack>
  );
}
