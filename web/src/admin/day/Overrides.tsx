import { Badge, Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { effectOf } from "../capacity/effect";
import type { CapacityDay } from "../data/capacity";
import type { Team } from "../data/catalog";
import { useCan } from "../shell/Account";
import { EffectList } from "./EffectList";
import { FormFrame } from "./FormFrame";
import { ReasonField } from "./ReasonField";
import { useDayForm } from "./useDayForm";

type Override = CapacityDay["overrides"][number];

/** Overrides that hold on a day, and places that single requests were granted. */
export function Overrides({ team, day }: { team: Team; day: CapacityDay }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const may = useCan();
  const [revoking, setRevoking] = useState<string>();
  if (day.overrides.length === 0 && day.grants.length === 0) return null;
  const signed = (value: number) => formats.number(value, { signDisplay: "always" });
  return (
    <section>
      <Title order={2} size="h3" mb="sm">
        {t("day.overrides")}
      </Title>
      <Stack gap="sm">
        {day.overrides.map((one) => (
          <Stack key={one.id} className="surface" p="md" gap="xs">
            <Group justify="space-between" align="flex-start">
              <Group gap="sm">
                <Badge tt="none" size="lg" variant="light" className="tabular">
                  {signed(one.delta)}
                </Badge>
                <Text span>{one.reason}</Text>
              </Group>
              {may("change-capacity") ? (
                <Button
                  variant="default"
                  aria-expanded={revoking === one.id}
                  onClick={() => setRevoking(revoking === one.id ? undefined : one.id)}
                >
                  {t("override.revoke")}
                </Button>
              ) : null}
            </Group>
            <Text size="sm" c="dimmed">
              {one.expiresAt == null
                ? t("override.noExpiry")
                : t("override.until", { at: formats.dateTime(one.expiresAt, team.timeZone) })}
            </Text>
            {revoking === one.id ? (
              <RevokeForm
                team={team}
                day={day}
                override={one}
                onDone={() => setRevoking(undefined)}
              />
            ) : null}
          </Stack>
        ))}
        {day.grants.length === 0 ? null : (
          <List spacing="xs">
            {day.grants.map((grant) => (
              <List.Item key={grant.requestId}>
                <Link to={`/requests/${grant.requestId}`}>{grant.reference}</Link>{" "}
                {t("override.grant", { count: grant.units })} {grant.reason}
              </List.Item>
            ))}
          </List>
        )}
      </Stack>
    </section>
  );
}

interface RevokeProps {
  team: Team;
  day: CapacityDay;
  override: Override;
  onDone: () => void;
}

function RevokeForm({ team, day, override, onDone }: RevokeProps) {
  const { t } = useTranslation("admin");
  const form = useDayForm({ team, day, waitingUnits: 0, onDone });
  const effect = effectOf(day, { kind: "revoke", delta: override.delta }, 0);
  return (
    <FormFrame
      title={t("override.revoke")}
      hasMoved={form.hasMoved}
      onSubmit={() => form.submit({ kind: "revoke", overrideId: override.id })}
    >
      {form.send.isError ? <ProblemAlert error={form.send.error} isFocused /> : null}
      <EffectList day={day} effect={effect} waitingUnits={0} />
      <ReasonField value={form.reason} onChange={form.setReason} isMissing={form.isReasonMissing} />
      <Group>
        <Button type="submit" loading={form.send.isPending} disabled={effect.shortBy > 0}>
          {t("override.revoke")}
        </Button>
      </Group>
    </FormFrame>
  );
}
