import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";

import { PSEUDO, directionOf } from "./languages";

/** Each area of the product has a catalogue of its own, fetched when it is first shown. */
export const AREAS = [
  "common",
  "booking",
  "portal",
  "settings",
  "problems",
  "payment",
  "admin",
  "office",
] as const;
export type Area = (typeof AREAS)[number];

type CatalogueModule = { default: Record<string, unknown> };
const catalogues = import.meta.glob<CatalogueModule>("./{en,de,es,ar}/*.json");

async function loadCatalogue(language: string, area: string): Promise<Record<string, unknown>> {
  const source = language === PSEUDO ? "en" : language;
  const load = catalogues[`./${source}/${area}.json`];
  if (load === undefined) throw new Error(`no catalogue ${language}/${area}`);
  const catalogue = (await load()).default;
  if (language !== PSEUDO) return catalogue;
  const { pseudoCatalogue } = await import("./pseudo");
  return pseudoCatalogue(catalogue) as Record<string, unknown>;
}

const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, area, done) => {
    loadCatalogue(language, area).then(
      (catalogue) => done(null, catalogue),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), false),
    );
  },
};

/** Says to the browser, and to screen readers, what language the page is in and how it runs. */
function markDocument(language: string): void {
  document.documentElement.lang = language === PSEUDO ? "en" : language;
  document.documentElement.dir = directionOf(language);
}

/** Starts translation in `language`, with the areas that the first page shows. */
export async function startI18n(language: string, areas: Area[]): Promise<void> {
  i18next.on("languageChanged", markDocument);
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      // Catalogues are complete (tested), so nothing is fetched twice for the sake of gaps.
      fallbackLng: false,
      ns: areas,
      defaultNS: "common",
      interpolation: { escapeValue: false },
      returnNull: false,
    });
}

/** Fetches an area before it is needed, so that it is there when the network is not. */
export function preloadArea(area: Area): void {
  void i18next.loadNamespaces(area);
}

export { i18next };
