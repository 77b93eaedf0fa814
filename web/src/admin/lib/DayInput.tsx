import "@mantine/dates/styles.css";
import "dayjs/locale/ar";
import "dayjs/locale/de";
import "dayjs/locale/es";

import {
  DatePickerInput,
  type DatePickerInputProps,
  type DatePickerType,
  DatesProvider,
  DateTimePicker,
  type DateTimePickerProps,
} from "@mantine/dates";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { isLanguage } from "../../i18n/languages";

/** Calendars in the page's language, beginning their weeks as people here do. */
function Localised({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const formats = useFormats();
  const locale = isLanguage(i18n.language) ? i18n.language : "en";
  const firstDayOfWeek = (formats.weekStart() % 7) as 0 | 1 | 2 | 3 | 4 | 5 | 6;
  return <DatesProvider settings={{ locale, firstDayOfWeek }}>{children}</DatesProvider>;
}

function useLabels() {
  const { t } = useTranslation("admin");
  return {
    previousMonth: t("calendar.previousMonth"),
    nextMonth: t("calendar.nextMonth"),
    previousYear: t("calendar.previousYear"),
    nextYear: t("calendar.nextYear"),
    previousDecade: t("calendar.previousDecade"),
    nextDecade: t("calendar.nextDecade"),
    monthLevelControl: t("calendar.chooseMonth"),
    yearLevelControl: t("calendar.chooseYear"),
  };
}

/** A day, or a range of them, written by its calendar. */
export function DayInput<Type extends DatePickerType = "default">(
  props: DatePickerInputProps<Type>,
) {
  const labels = useLabels();
  return (
    <Localised>
      <DatePickerInput<Type> valueFormat="D MMM YYYY" size="md" ariaLabels={labels} {...props} />
    </Localised>
  );
}

/** A day and a time on this device's clock. */
export function MomentInput(props: DateTimePickerProps) {
  const { t } = useTranslation("admin");
  const labels = useLabels();
  return (
    <Localised>
      <DateTimePicker
        valueFormat="D MMM YYYY HH:mm"
        size="md"
        ariaLabels={labels}
        submitButtonProps={{ "aria-label": t("calendar.done") }}
        {...props}
      />
    </Localised>
  );
}
