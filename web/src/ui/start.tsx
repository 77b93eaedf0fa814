import { QueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";

import { ProblemError } from "../api/problem";
import { type Area, startI18n } from "../i18n";
import { PSEUDO, isLanguage, preferredLanguage } from "../i18n/languages";
import { Root } from "./Root";
import { preferences, setPreferences } from "./preferences";
import { declareStylePolicy } from "./trustedTypes";

/** How often a read is tried again when the network or the server is in the way. */
const READ_RETRIES_MAX = 2;
/** Within this time a read is not repeated just because another part of the page wants it too. */
const FRESH_MS = 15_000;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (failures, error) => {
          // What the server has decided will not change by asking again.
          const isDecided = error instanceof ProblemError && error.problem.retry !== "same-key";
          const wantsSignIn = error instanceof ProblemError && error.problem.status === 401;
          return !isDecided && !wantsSignIn && failures < READ_RETRIES_MAX;
        },
        networkMode: "always",
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

/** A link may name the language: `?lng=de`. It is kept, like one chosen in the settings. */
function languageOfAddress(): string | undefined {
  const wanted = new URLSearchParams(location.search).get("lng");
  return wanted !== null && (isLanguage(wanted) || wanted === PSEUDO) ? wanted : undefined;
}

/** Brings an application to life in the page's `#root`. */
export async function start(areas: Area[], application: ReactNode): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) throw new Error("the page has no #root");
  declareStylePolicy();
  const asked = languageOfAddress();
  if (asked !== undefined) setPreferences({ language: asked });
  await startI18n(preferences().language ?? preferredLanguage(navigator.languages), areas);
  createRoot(root).render(<Root queries={newQueryClient()}>{application}</Root>);
}
