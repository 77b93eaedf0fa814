import { Alert, Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { type RunItem, useRun } from "../data/money";
import classes from "../catalog/catalog.module.css";
import facts from "../requests/requests.module.css";

const COUNTS = ["matched", "fixed", "review", "failed"] as const;
const VERDICTS = [
  "behind",
  "missing_here",
  "missing_there",
  "amount_differs",
  "unreadable",
] as const;
const FIXES = ["nothing", "apply", "adopt", "ask_again", "give_up", "close", "review"] as const;
const OUTCOMES = ["fixed", "review", "failed"] as const;
const COLORS: Record<string, string> = { fixed: "pine", review: "marigold", failed: "red" };

/** What one comparison has found: every difference, what was done about it, and how that ended. */
export function Report({ id }: { id: string }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const run = useRun(id);
  if (run.isError) return <ProblemAlert error={run.error} onRetry={() => void run.refetch()} />;
  if (run.data === undefined) return <PageSkeleton rows={2} />;
  const items = run.data.items ?? [];
  return (
    <Stack>
      <dl className={facts.facts}>
        {COUNTS.map((name) => (
          <div key={name}>
            <dt>{t(`books.${name}`)}</dt>
            <dd className="tabular">{formats.number(run.data[name])}</dd>
          </div>
        ))}
      </dl>
      {run.data.error == null ? null : (
        <Alert color="marigold" variant="light">
          <Text lang="en" dir="ltr">
            {run.data.error}
          </Text>
        </Alert>
      )}
      {run.data.state === "running" ? (
        <Text role="status">{t("books.running")}</Text>
      ) : items.length === 0 ? (
        <Text role="status">{t("books.allAgree")}</Text>
      ) : null}
      {items.map((item, index) => (
        <Item key={`${item.sessionId ?? ""} ${index}`} item={item} />
      ))}
    </Stack>
  );
}

function Item({ item }: { item: RunItem }) {
  const { t } = useTranslation("office");
  const verdict = VERDICTS.find((one) => one === item.verdict);
  const fix = FIXES.find((one) => one === item.fix);
  const outcome = OUTCOMES.find((one) => one === item.outcome);
  return (
    <Stack className="surface" p="md" gap="xs">
      <Group justify="space-between">
        <Text fw={600}>{verdict === undefined ? item.verdict : t(`verdict.${verdict}`)}</Text>
        <Badge tt="none" variant="light" size="lg" color={COLORS[item.outcome] ?? "gray"}>
          {outcome === undefined ? item.outcome : t(`outcome.${outcome}`)}
        </Badge>
      </Group>
      <Text size="sm">
        {t("books.fix")}: {fix === undefined ? item.fix : t(`fix.${fix}`)}
      </Text>
      {item.sessionId == null ? null : (
        <Text size="sm" c="dimmed" dir="ltr" className={classes.told}>
          {item.sessionId}
        </Text>
      )}
      {item.error == null ? null : (
        <Text size="sm" c="red" lang="en" dir="ltr" className={classes.told}>
          {item.error}
        </Text>
      )}
      {item.serviceRequestId == null ? null : (
        <Anchor
          component={Link}
          to={`/requests/${item.serviceRequestId}`}
          className={classes.reach}
        >
          {t("books.openBooking")}
        </Anchor>
      )}
    </Stack>
  );
}
