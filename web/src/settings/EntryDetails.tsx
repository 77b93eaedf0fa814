import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import type { Entry } from "../offline";
import { useOwnTimeZone } from "../ui/preferences";
import classes from "./EntryCard.module.css";
import { Fact, Facts } from "./Section";
import sectionClasses from "./Section.module.css";

/** What people who help want to know: key, times, last answer, log. */
export function EntryDetails({ entry }: { entry: Entry }) {
  const { t } = useTranslation("settings");
  const formats = useFormats();
  const timeZone = useOwnTimeZone();
  const words = useCodeWords();

  return (
    <details>
      <summary className={classes.summary}>{t("details.show")}</summary>
      <div className={classes.inner}>
        <Facts>
          <Fact name={t("details.key")}>
            <span className={sectionClasses.code}>{entry.id}</span>
          </Fact>
          <Fact name={t("details.lastAnswer")}>
            {entry.lastCode === null && entry.result === null
              ? t("details.none")
              : words(entry.lastCode ?? `${entry.result?.httpStatus ?? ""}`)}
          </Fact>
          <Fact name={t("details.created")}>{formats.dateTime(entry.createdAt, timeZone)}</Fact>
          <Fact name={t("details.expires")}>{formats.dateTime(entry.expiresAt, timeZone)}</Fact>
        </Facts>
        <div>
          <Text size="sm" c="dimmed">
            {t("details.log")}
          </Text>
          <Log entry={entry} />
        </div>
      </div>
    </details>
  );
}

function Log({ entry }: { entry: Entry }) {
  const { t } = useTranslation("settings");
  const formats = useFormats();
  const timeZone = useOwnTimeZone();
  const words = useCodeWords();
  const time = new Intl.DateTimeFormat(formats.locale, { timeStyle: "medium", timeZone });
  const detailOf = (event: string, detail: string | undefined): string => {
    if (detail === undefined) return "";
    if (event !== "waiting") return words(detail);
    const seconds = Number(detail) / 1_000;
    return formats.number(seconds, { style: "unit", unit: "second", maximumFractionDigits: 1 });
  };

  return (
    <ol className={classes.log}>
      {entry.log.map(({ at, event, detail }, index) => (
        <li key={`${at} ${event} ${index}`} className={classes.line}>
          <time dateTime={new Date(at).toISOString()}>{time.format(at)}</time>
          <span>{t(`log.${event}`, { detail: detailOf(event, detail) })}</span>
        </li>
      ))}
    </ol>
  );
}

/** Words for a problem code, one of our own codes, or a bare status. */
function useCodeWords(): (code: string) => string {
  const { t, i18n } = useTranslation(["settings", "problems"]);
  return (code) => {
    const own = `settings:code.${code}`;
    const problem = `problems:${code}.title`;
    if (i18n.exists(own)) return t(own as "settings:code.no-network");
    if (i18n.exists(problem)) return t(problem as "problems:internal.title");
    return t("settings:code.http", { code: code.replace("http-", "") });
  };
}
