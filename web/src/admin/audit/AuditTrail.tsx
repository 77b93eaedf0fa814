import { Button, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { PageSkeleton } from "../../ui/PageSkeleton";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { type AuditQuery, useAudit } from "../data/audit";
import { AuditEntryCard } from "./AuditEntryCard";

interface Props extends AuditQuery {
  /** What to say when there is nothing. */
  empty: string;
}

/** Entries of the trail that fit, newest first, page by page. */
export function AuditTrail({ empty, ...query }: Props) {
  const { t } = useTranslation(["admin", "common"]);
  const trail = useAudit(query);
  if (trail.isError) {
    return <ProblemAlert error={trail.error} onRetry={() => void trail.refetch()} />;
  }
  if (trail.data === undefined) return <PageSkeleton rows={2} />;
  const entries = trail.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <Stack gap="sm">
      <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: "none" }}>
        {entries.map((entry) => (
          <li key={entry.seq}>
            <AuditEntryCard entry={entry} />
          </li>
        ))}
      </Stack>
      {trail.hasNextPage ? (
        <Button
          variant="default"
          loading={trail.isFetchingNextPage}
          onClick={() => void trail.fetchNextPage()}
        >
          {t("common:action.showMore")}
        </Button>
      ) : null}
    </Stack>
  );
}
