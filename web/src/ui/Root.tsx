import "@mantine/core/styles.css";
import "./base.css";

import { DirectionProvider, MantineProvider, useDirection } from "@mantine/core";
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { StrictMode, Suspense, useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { directionOf, preferredLanguage } from "../i18n/languages";
import { ErrorBoundary } from "./ErrorBoundary";
import { PageSkeleton } from "./PageSkeleton";
import { usePreferences } from "./preferences";
import { cssVariables, theme } from "./theme";

/** Follows the language that was chosen, here or in another tab, with words and direction. */
function LanguageFollower({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const { language } = usePreferences();
  const { setDirection } = useDirection();
  const wanted = language ?? preferredLanguage(navigator.languages);

  useEffect(() => {
    if (i18n.language !== wanted) void i18n.changeLanguage(wanted);
  }, [i18n, wanted]);
  useEffect(() => {
    setDirection(directionOf(i18n.language));
  }, [i18n.language, setDirection]);

  return children;
}

/** What both applications stand on: look, words, direction, queries, and a net under everything. */
export function Root({ queries, children }: { queries: QueryClient; children: ReactNode }) {
  return (
    <StrictMode>
      <DirectionProvider initialDirection={document.documentElement.dir === "rtl" ? "rtl" : "ltr"}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={cssVariables}
          defaultColorScheme="auto"
        >
          <QueryClientProvider client={queries}>
            <ErrorBoundary>
              <Suspense fallback={<PageSkeleton />}>
                <LanguageFollower>{children}</LanguageFollower>
              </Suspense>
            </ErrorBoundary>
          </QueryClientProvider>
        </MantineProvider>
      </DirectionProvider>
    </StrictMode>
  );
}
