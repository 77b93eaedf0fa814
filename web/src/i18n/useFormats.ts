import { useTranslation } from "react-i18next";

import { type Formats, formatsFor } from "./formats";
import { formatLocale } from "./languages";

/** Formats in the language shown, with the person's own region. */
export function useFormats(): Formats {
  const { i18n } = useTranslation();
  return formatsFor(formatLocale(i18n.language, navigator.languages));
}
