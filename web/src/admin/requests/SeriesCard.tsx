import { List, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "../../api";
import { useFormats } from "../../i18n/useFormats";

/** The visits that a booking is one of. */
export function SeriesCard({
  series,
  timeZone,
}: {
  series: Schemas["SeriesView"];
  timeZone: string;
}) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  return (
    <section className="surface">
      <Stack p="lg">
        <Title order={2} size="h3">
          {t("request.series", { count: series.occurrences.length })}
        </Title>
        <List type="ordered" spacing={4}>
          {series.occurrences.map((visit, index) => (
            <List.Item
              key={visit.startsAt}
              aria-current={index === series.index ? "true" : undefined}
            >
              {visit.id == null ? (
                formats.dateTime(visit.startsAt, timeZone)
              ) : (
                <Link to={`/requests/${visit.id}`}>
                  {formats.dateTime(visit.startsAt, timeZone)}
                </Link>
              )}
            </List.Item>
          ))}
        </List>
      </Stack>
    </section>
  );
}
