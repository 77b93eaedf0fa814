import { Button, FileButton, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { change, newKey, ProblemError, readProblem } from "../../api";
import { useFormats } from "../../i18n/useFormats";
import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconCash, IconPlus, IconTrash } from "../../ui/icons";
import classes from "../catalog/catalog.module.css";
import { useCatalogChange } from "../catalog/entity";
import { useCan } from "../shell/Account";
import { announce } from "../shell/undo";
import { type ExchangeRates, removeRates, useRates } from "./data";

/** Most currencies that a line of the list names. */
const NAMED_MAX = 6;

/** Sends a file of the European Central Bank as it is: XML or CSV. */
async function importFile(file: File): Promise<void> {
  const isXml = file.name.toLowerCase().endsWith(".xml");
  const response = await fetch("/api/admin/exchange-rates/import", {
    method: "POST",
    headers: { "content-type": isXml ? "application/xml" : "text/csv", ...change(newKey()) },
    body: await file.text(),
  });
  if (!response.ok) {
    throw new ProblemError(readProblem(response.status, await response.json().catch(() => null)));
  }
}

/** What one euro is elsewhere, day by day, and who says so. */
export default function RatesPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const may = useCan();
  const rates = useRates();
  const load = useCatalogChange(importFile);
  const remove = useCatalogChange((table: ExchangeRates) => removeRates(table));
  const shown = ({ rates: table }: ExchangeRates) =>
    Object.entries(table)
      .slice(0, NAMED_MAX)
      .map(([currency, rate]) => `${currency} ${rate ?? ""}`)
      .join(", ");

  return (
    <>
      <PageTitle lead={t("lead.rates")}>{t("page.rates")}</PageTitle>
      <Stack>
        {may("edit-catalog") ? (
          <Group>
            <FileButton
              accept=".xml,.csv,text/csv,application/xml"
              onChange={(file) => {
                if (file === null) return;
                load.mutate(file, { onSuccess: () => announce(t("rates.imported")) });
              }}
            >
              {(props) => (
                <Button {...props} leftSection={<IconPlus size={18} />} loading={load.isPending}>
                  {t("rates.import")}
                </Button>
              )}
            </FileButton>
            <Text size="sm" c="dimmed">
              {t("rates.importText")}
            </Text>
          </Group>
        ) : null}
        {load.isError ? <ProblemAlert error={load.error} isFocused /> : null}
        {remove.isError ? <ProblemAlert error={remove.error} isFocused /> : null}
        {rates.isError ? (
          <ProblemAlert error={rates.error} onRetry={() => void rates.refetch()} />
        ) : rates.data === undefined ? (
          <PageSkeleton />
        ) : rates.data.length === 0 ? (
          <EmptyState icon={IconCash} title={t("crud.none")} text={t("empty.rates")} />
        ) : (
          <div className={`surface ${classes.frame}`}>
            <Table verticalSpacing="sm" className={classes.table}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("board.day")}</Table.Th>
                  <Table.Th>{t("rates.source")}</Table.Th>
                  <Table.Th>{t("rates.perEuro")}</Table.Th>
                  <Table.Th>{t("rates.currencies")}</Table.Th>
                  <Table.Th>{t("crud.delete")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rates.data.map((table) => (
                  <Table.Tr key={table.id}>
                    <Table.Td fw={600}>{formats.day(table.day)}</Table.Td>
                    <Table.Td data-label={t("rates.source")}>{table.source}</Table.Td>
                    <Table.Td data-label={t("rates.perEuro")} className="tabular" dir="ltr">
                      {shown(table)}
                    </Table.Td>
                    <Table.Td data-label={t("rates.currencies")} className="tabular">
                      {formats.number(Object.keys(table.rates).length)}
                    </Table.Td>
                    <Table.Td>
                      {may("edit-catalog") ? (
                        <Button
                          variant="subtle"
                          color="red"
                          leftSection={<IconTrash size={18} />}
                          onClick={() => remove.mutate(table)}
                        >
                          {t("crud.delete")}
                        </Button>
                      ) : null}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Stack>
    </>
  );
}
