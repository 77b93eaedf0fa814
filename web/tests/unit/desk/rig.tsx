import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { Suspense, type ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { vi } from "vitest";

import type { StaffRole } from "../../../src/admin/lib/roles";
import { AccountContext } from "../../../src/admin/shell/Account";
import type { Me } from "../../../src/session/session";

const ME: Me = { id: "u1", email: "a@b.example", name: "Ada", role: "admin", teamIds: [] };

/** Typing into a whole page takes its time on a machine that does other things as well. */
export const PATIENCE_MS = 30_000;

export interface Sent {
  method: string;
  path: string;
  query: string;
  headers: Headers;
  body: unknown;
}

/** What a server answers to a request; `undefined` for an empty list. */
export type Answers = (sent: Sent) => unknown;

/** Answers every request of the page, and keeps them. */
export function serve(answers: Answers): Sent[] {
  const all: Sent[] = [];
  vi.stubGlobal("fetch", async (input: Request) => {
    const { pathname, search } = new URL(input.url);
    const text = input.method === "GET" ? "" : await input.clone().text();
    const sent: Sent = {
      method: input.method,
      path: pathname,
      query: search,
      headers: input.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    all.push(sent);
    const answer = answers(sent) ?? { items: [], nextCursor: null };
    if (answer instanceof Response) return answer;
    return new Response(JSON.stringify(answer), {
      headers: { "content-type": "application/json" },
    });
  });
  return all;
}

/** Shows a page of the desk as somebody with a role sees it. */
export function showDesk(page: ReactNode, { role = "admin" as StaffRole, address = "/" } = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <MemoryRouter initialEntries={[address]}>
          <AccountContext value={{ me: { ...ME, role }, role }}>
            <Suspense>{page}</Suspense>
          </AccountContext>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}
