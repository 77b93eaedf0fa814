import { Badge, Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { useOwnTimeZone } from "../../ui/preferences";
import { EFFECTS } from "../data/effects";
import { type Delivery, redeliver, useDeliveries } from "../data/webhooks";
import { announce } from "../shell/undo";

const STATES = ["planned", "leased", "retry", "sent", "dead"] as const;
const COLORS: Record<string, string> = { sent: "pine", dead: "red", retry: "marigold" };

/** What was and is on its way to an endpoint: what it answered, and once more. */
export function Deliveries({ id }: { id: string }) {
  const { t } = useTranslation("office");
  const list = useDeliveries(id);
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section>
      <Title order={3} size="h4" mb="sm">
        {t("hooks.deliveries")}
      </Title>
      {list.isError ? (
        <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <PageSkeleton rows={2} />
      ) : rows.length === 0 ? (
        <Text c="dimmed">{t("hooks.noDeliveries")}</Text>
      ) : (
        <Stack gap="sm">
          {rows.map((delivery) => (
            <DeliveryCard key={delivery.id} endpoint={id} delivery={delivery} />
          ))}
          {list.hasNextPage ? (
            <Button
              variant="default"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {t("hooks.more")}
            </Button>
          ) : null}
        </Stack>
      )}
    </section>
  );
}

function DeliveryCard({ endpoint, delivery }: { endpoint: string; delivery: Delivery }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => redeliver(endpoint, delivery.id),
    onSuccess: (isRetried) => announce(t(isRetried ? "hooks.redelivered" : "hooks.notRedelivered")),
    onSettled: () => queries.invalidateQueries({ queryKey: [EFFECTS] }),
  });
  const state = STATES.find((one) => one === delivery.state);
  const isOver = state === "sent" || state === "dead";
  const at = formats.dateTime(delivery.at, zone);
  return (
    <Stack className="surface" p="md" gap="xs">
      <Group justify="space-between">
        <Stack gap={0}>
          <Text fw={600} dir="ltr">
            {delivery.event}
          </Text>
          <Text size="sm" c="dimmed">
            {at}
          </Text>
        </Stack>
        <Badge tt="none" variant="light" size="lg" color={COLORS[delivery.state] ?? "gray"}>
          {state === undefined ? delivery.state : t(`state.${state}`)}
        </Badge>
      </Group>
      <Text size="sm">
        {t("schedule.tries", { count: delivery.attempts })}
        {delivery.responseStatus == null
          ? ""
          : `, ${t("hooks.answer", {
              status: delivery.responseStatus,
              time: formats.number(delivery.durationMs ?? 0, {
                style: "unit",
                unit: "millisecond",
              }),
            })}`}
        {isOver ? "" : `, ${t("letters.next")}: ${formats.dateTime(delivery.nextAttemptAt, zone)}`}
      </Text>
      {delivery.error == null ? null : (
        <Text size="sm" lang="en" dir="ltr" c="red" style={{ overflowWrap: "anywhere" }}>
          {delivery.error}
        </Text>
      )}
      {again.isError ? <ProblemAlert error={again.error} isFocused /> : null}
      <details>
        <summary style={{ minBlockSize: 44, alignContent: "center", cursor: "pointer" }}>
          {t("hooks.payload")}
        </summary>
        <Code block dir="ltr" tabIndex={0} role="region" aria-label={t("hooks.payload")}>
          {JSON.stringify(delivery.payload, null, 2)}
        </Code>
      </details>
      {isOver ? (
        <Group>
          <Button
            variant="default"
            loading={again.isPending}
            onClick={() => again.mutate()}
            aria-label={t("hooks.redeliverOne", { event: delivery.event, at })}
          >
            {t("hooks.redeliver")}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}
