import { Badge, Group, List, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { useOperation } from "../data/operations";

const OUTCOMES = ["displaced", "reassigned", "released", "cancelled", "skipped", "failed"] as const;

/** Work in many steps as it goes on: how far, and what came of each booking. */
export function OperationProgress({ id }: { id: string }) {
  const { t } = useTranslation("admin");
  const { data, error, isError, refetch } = useOperation(id);
  if (isError) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return null;
  const share = data.total === 0 ? 100 : (data.done / data.total) * 100;
  const items = data.items ?? [];
  return (
    <Stack gap="sm" className="surface" p="md">
      <Group justify="space-between">
        <Text fw={600} role="status">
          {t(data.state === "done" ? "operation.done" : "operation.running", {
            done: data.done,
            total: data.total,
          })}
        </Text>
        {data.failed > 0 ? (
          <Badge tt="none" color="red" variant="light">
            {t("operation.failed", { count: data.failed })}
          </Badge>
        ) : null}
      </Group>
      <Progress
        value={share}
        animated={data.state !== "done"}
        size="lg"
        aria-label={t("operation.progress")}
      />
      <List spacing={4}>
        {OUTCOMES.map((outcome) => {
          const found = items.filter((item) => item.outcome === outcome);
          if (found.length === 0) return null;
          return (
            <List.Item key={outcome}>
              {t(`outcome.${outcome}`, { count: found.length })}{" "}
              {outcome === "failed" || outcome === "skipped"
                ? found.map(({ serviceRequestId }, index) => (
                    <Link key={serviceRequestId} to={`/requests/${serviceRequestId}`}>
                      {t("operation.show", { number: index + 1 })}{" "}
                    </Link>
                  ))
                : null}
            </List.Item>
          );
        })}
      </List>
    </Stack>
  );
}
