/** Languages that every catalogue exists in. */
export const LANGUAGES = ["en", "de", "es", "ar"] as const;
export type Language = (typeof LANGUAGES)[number];

/** English with longer, accented words: shows what is not translated, and what does not fit. */
export const PSEUDO = "qps";

/** Names of the languages, each in its own. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  ar: "العربية",
};

export function isLanguage(value: string): value is Language {
  return (LANGUAGES as readonly string[]).includes(value);
}

export function directionOf(language: string): "ltr" | "rtl" {
  return language === "ar" ? "rtl" : "ltr";
}

/** The language part of a tag: `de` of `de-AT`. */
export function baseOf(tag: string): string {
  return tag.split("-")[0]?.toLowerCase() ?? tag;
}

/** The first of the browser's languages that we speak. */
export function preferredLanguage(tags: readonly string[]): Language {
  return tags.map(baseOf).find(isLanguage) ?? "en";
}

/**
 * The locale to format with: the catalogue's language, in the person's own region. `en-GB` stays
 * `en-GB`, else its clocks would flip to AM and PM.
 */
export function formatLocale(language: string, tags: readonly string[]): string {
  if (language === PSEUDO) return "en-GB";
  return tags.find((tag) => baseOf(tag) === language) ?? language;
}
