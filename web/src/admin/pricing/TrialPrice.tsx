import { Alert, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import type { PriceLines, TrialResult } from "./trial";

/** Reasons for a price that there are words for; others are told by the rule's own name. */
const CODES = ["base", "rounding", "tax", "conversion"] as const;
const REFUSALS = ["promo-invalid", "promo-not-applicable", "promo-exhausted"] as const;

/** What a visit would cost, line by line; with the promo beside it where one was tried. */
export function TrialPrice({ result, without }: { result: TrialResult; without: PriceLines }) {
  const { t } = useTranslation(["office", "problems"]);
  const formats = useFormats();
  const refusal = REFUSALS.find((one) => one === result.refusal);
  return (
    <Stack>
      {result.refusal === null ? null : (
        <Alert color="marigold" variant="light" title={t("office:trial.refused")}>
          {refusal === undefined ? result.refusal : t(`problems:${refusal}.text`)}
        </Alert>
      )}
      {result.saved === null ? null : (
        <Text fw={600}>{t("office:trial.saved", { amount: formats.money(result.saved) })}</Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: result.with === null ? 1 : 2 }}>
        <Lines
          title={t(result.with === null ? "office:trial.price" : "office:trial.without")}
          price={without}
        />
        {result.with === null ? null : <Lines title={t("office:trial.with")} price={result.with} />}
      </SimpleGrid>
    </Stack>
  );
}

function Lines({ title, price }: { title: string; price: PriceLines }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const { currency } = price.total;
  const words = (code: string, label: string) => {
    const known = CODES.find((one) => one === code);
    return known === undefined ? label : t(`trial.line.${known}`);
  };
  return (
    <Stack className="surface" p="md" gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {price.lines
            .filter(({ amount }) => amount !== 0)
            .map(({ code, label, amount }) => (
              <Table.Tr key={`${code} ${label}`}>
                <Table.Th scope="row" fw={400}>
                  {words(code, label)}
                </Table.Th>
                <Table.Td className="tabular" ta="end">
                  {formats.money({ amount, currency })}
                </Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th scope="row">{t("trial.total")}</Table.Th>
            <Table.Td className="tabular" ta="end" fw={600}>
              {formats.money(price.total)}
            </Table.Td>
          </Table.Tr>
        </Table.Tfoot>
      </Table>
      {price.tax === null || price.tax === undefined ? null : (
        <Text size="sm" c="dimmed">
          {t("trial.tax", {
            rate: formats.number(price.tax.rate),
            amount: formats.money({ amount: price.tax.tax, currency }),
          })}
        </Text>
      )}
    </Stack>
  );
}
