import createClient, { type Middleware } from "openapi-fetch";

import { ProblemError, readProblem } from "./problem";
import type { paths } from "./schema";

/** After this long a request is given up; the server itself answers within 10 s. */
const TIMEOUT_MS = 20_000;

/**
 * The server's API, typed by its own document.
 *
 * Cookies go along to the same origin only, and the server knows our pages by `Origin` and
 * `Sec-Fetch-Site`, so there is no token to carry. Changes take a header `Idempotency-Key`
 * (see `keys.ts`); things that can be changed twice take `If-Match`.
 */
export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  credentials: "same-origin",
  cache: "no-cache",
  // Looked up at each call, so that tests and the worker may put another in its place.
  fetch: (request) =>
    globalThis.fetch(
      new Request(request, {
        signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      }),
    ),
});

/** Called with every answer, so that others learn of sessions that ended. */
type Listener = (status: number, path: string) => void;
const listeners = new Set<Listener>();

/** Tells `listener` the status of every answer from now on. Returns how to stop. */
export function onAnswer(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const watch: Middleware = {
  onResponse({ response, schemaPath }) {
    listeners.forEach((listener) => listener(response.status, schemaPath));
    return undefined;
  },
};
api.use(watch);

/** What openapi-fetch answers, of which one half is always missing. */
interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or a thrown {@link ProblemError}. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, response, error } = await answer;
  if (!response.ok) throw new ProblemError(readProblem(response.status, error));
  return data as T;
}

/** Headers of a change: the key that makes trying again safe, the revision it is meant for. */
export function change(key: string): { "Idempotency-Key": string } {
  return { "Idempotency-Key": key };
}

/** The entity tag of a revision. */
export function etag(rev: number): string {
  return `"${rev}"`;
}
