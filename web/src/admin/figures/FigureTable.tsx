import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import classes from "../catalog/catalog.module.css";
import type { CapacityDay } from "../data/capacity";
import type { DayFigures } from "./figures";

interface Props {
  rows: readonly DayFigures[];
  days: readonly CapacityDay[];
  currency: string;
}

/** The numbers behind the pictures, for those who would rather read. */
export function FigureTable({ rows, days, currency }: Props) {
  const { t } = useTranslation(["office", "admin"]);
  const formats = useFormats();
  const capacity = new Map(days.map((day) => [day.date, day]));
  const money = (amount: number) => formats.money({ amount, currency });
  return (
    <details>
      <summary className={classes.summary}>{t("office:figures.table")}</summary>
      <div className={`surface ${classes.frame}`}>
        <Table verticalSpacing="xs" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("admin:board.day")}</Table.Th>
              <Table.Th>{t("admin:day.booked")}</Table.Th>
              <Table.Th>{t("office:figures.visits")}</Table.Th>
              <Table.Th>{t("office:figures.completed")}</Table.Th>
              <Table.Th>{t("office:figures.notMet")}</Table.Th>
              <Table.Th>{t("office:figures.settled")}</Table.Th>
              <Table.Th>{t("office:figures.open")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => {
              const day = capacity.get(row.day);
              return (
                <Table.Tr key={row.day}>
                  <Table.Th scope="row">{formats.dayShort(row.day)}</Table.Th>
                  <Table.Td data-label={t("admin:day.booked")} className="tabular">
                    {day === undefined
                      ? "-"
                      : t("admin:day.ofLimit", {
                          used: formats.number(day.used + day.held),
                          limit: formats.number(day.limit),
                        })}
                  </Table.Td>
                  {(["visits", "completed", "missed"] as const).map((name) => (
                    <Table.Td
                      key={name}
                      data-label={t(`office:figures.${name === "missed" ? "notMet" : name}`)}
                      className="tabular"
                    >
                      {formats.number(row[name])}
                    </Table.Td>
                  ))}
                  {(["settled", "open"] as const).map((name) => (
                    <Table.Td
                      key={name}
                      data-label={t(`office:figures.${name}`)}
                      className="tabular"
                    >
                      {money(row[name])}
                    </Table.Td>
                  ))}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </div>
    </details>
  );
}
