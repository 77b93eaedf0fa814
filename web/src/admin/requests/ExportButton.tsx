import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { ProblemError, readProblem } from "../../api";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconDownload } from "../../ui/icons";
import type { RequestQuery } from "./filters";

/** Fetches the table as a file, and says whether it holds all of it. */
async function download(query: RequestQuery): Promise<string | null> {
  const params = new URLSearchParams(query as Record<string, string>);
  const response = await fetch(`/api/admin/service-requests.csv?${params.toString()}`);
  if (!response.ok) {
    throw new ProblemError(readProblem(response.status, await response.json().catch(() => null)));
  }
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = "service-requests.csv";
  link.click();
  URL.revokeObjectURL(url);
  return response.headers.get("Daybook-Truncated");
}

interface Props {
  query: RequestQuery;
}

/** The current filter as a file for spreadsheets. The export itself stands in the audit trail. */
export function ExportButton({ query }: Props) {
  const { t } = useTranslation("admin");
  const fetching = useMutation({ mutationFn: download });
  return (
    <Stack gap={4} align="flex-end">
      <Button
        variant="default"
        leftSection={<IconDownload size={18} />}
        loading={fetching.isPending}
        onClick={() => fetching.mutate(query)}
      >
        {t("export.button")}
      </Button>
      <div role="status">
        {fetching.isSuccess ? (
          <Text size="sm" c="dimmed">
            {fetching.data === null
              ? t("export.done")
              : t("export.truncated", { count: Number(fetching.data) })}
          </Text>
        ) : null}
      </div>
      {fetching.isError ? <ProblemAlert error={fetching.error} isFocused /> : null}
    </Stack>
  );
}
