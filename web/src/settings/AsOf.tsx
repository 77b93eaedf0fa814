import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { type Aged, useFreshness } from "../offline/useFreshness";
import { useOwnTimeZone } from "../ui/preferences";

/** Says how old what is shown is, once nothing newer can be had. */
export function AsOf({ query }: { query: Aged }) {
  const { t, ready } = useTranslation("settings", { useSuspense: false });
  const formats = useFormats();
  const timeZone = useOwnTimeZone();
  const freshness = useFreshness(query);
  if (freshness === null || !freshness.mayHaveChanged || !ready) return null;

  const { asOf } = freshness;
  const isToday = formats.dateShort(asOf, timeZone) === formats.dateShort(Date.now(), timeZone);
  const time = isToday ? formats.time(asOf, timeZone) : formats.dateTime(asOf, timeZone);
  return (
    <Text size="sm" c="dimmed" role="status">
      {t("asOf.old", { time })}
    </Text>
  );
}
