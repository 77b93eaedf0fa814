import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";

import ReconciliationPage from "../../../src/admin/reconciliation/ReconciliationPage";
import WebhooksPage from "../../../src/admin/webhooks/WebhooksPage";
import { startI18n } from "../../../src/i18n";
import { PATIENCE_MS, serve, showDesk } from "./rig";

const RUN = {
  id: "r1",
  day: "2026-11-22",
  isNightly: true,
  state: "done",
  startedAt: "2026-11-22T02:00:00Z",
  finishedAt: "2026-11-22T02:00:09Z",
  matched: 41,
  fixed: 1,
  review: 1,
  failed: 0,
};
const ITEMS = [
  {
    serviceRequestId: "b1",
    attempt: 1,
    sessionId: "cs_123",
    verdict: "behind",
    fix: "apply",
    outcome: "fixed",
  },
  {
    serviceRequestId: null,
    sessionId: "cs_456",
    verdict: "missing_here",
    fix: "review",
    outcome: "review",
  },
];
const WEBHOOK = {
  id: "w1",
  url: "https://example.org/hooks",
  description: "Books",
  events: [],
  isActive: true,
  secretNo: 1,
  createdAt: "2026-11-20T10:00:00Z",
  rev: 3,
};
const DELIVERY = {
  id: "d1",
  webhookId: "msg_1",
  event: "booking.confirmed",
  at: "2026-11-20T10:00:00Z",
  state: "dead",
  attempts: 11,
  nextAttemptAt: "2026-11-20T10:00:00Z",
  responseStatus: 500,
  durationMs: 12,
  error: "500",
  payload: { type: "booking.confirmed" },
};

beforeAll(async () => {
  await startI18n("en", ["common", "admin", "office", "problems"]);
});

describe("reconciliation", { timeout: PATIENCE_MS }, () => {
  it("lists runs, and opens the report of one with every difference", async () => {
    serve(({ path }) => {
      if (path.endsWith("/runs")) return { items: [RUN] };
      return path.endsWith("/runs/r1") ? { ...RUN, items: ITEMS } : undefined;
    });
    showDesk(<ReconciliationPage />);
    await userEvent.click(await screen.findByRole("button", { name: /22 November|November 22/ }));

    const report = await screen.findByRole("dialog");
    expect(await within(report).findByText("We were behind")).toBeInTheDocument();
    expect(within(report).getByText("Missing in our books")).toBeInTheDocument();
    expect(within(report).getByText("cs_456")).toBeInTheDocument();
    expect(within(report).getByRole("link", { name: "Open" })).toHaveAttribute(
      "href",
      "/requests/b1",
    );
  });

  it("begins a run now, and says when that cannot be", async () => {
    let isThere = false;
    const sent = serve(({ method }) => {
      if (method !== "POST") return { items: isThere ? [RUN] : [] };
      isThere = true;
      return RUN;
    });
    showDesk(<ReconciliationPage />);
    expect(await screen.findByText("Nothing was compared yet")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Compare now" }));
    await waitFor(() => expect(sent.some(({ method }) => method === "POST")).toBe(true));
    expect(await screen.findByRole("dialog")).toBeInTheDocument();
  });
});

describe("webhooks", { timeout: PATIENCE_MS }, () => {
  it("show the secret of a new one once, until somebody has kept it", async () => {
    const sent = serve(({ method, path }) => {
      if (method === "POST") return { ...WEBHOOK, secret: "whsec_abc" };
      return path === "/api/admin/webhooks" ? { items: [WEBHOOK] } : undefined;
    });
    showDesk(<WebhooksPage />, { address: "/?edit=new" });
    const form = await screen.findByRole("dialog");
    await userEvent.type(within(form).getByLabelText(/^Address/), "https://example.org/hooks");
    await userEvent.click(within(form).getByRole("button", { name: "Create" }));

    expect(await screen.findByText("whsec_abc")).toBeInTheDocument();
    expect(sent.find(({ method }) => method === "POST")?.body).toEqual({
      url: "https://example.org/hooks",
      description: "",
      events: [],
      isActive: true,
    });
    await userEvent.click(screen.getByRole("button", { name: "I have kept it" }));
    await waitFor(() => expect(screen.queryByText("whsec_abc")).toBeNull());
  });

  it("show deliveries with what was answered, and send one again", async () => {
    const sent = serve(({ method, path }) => {
      if (method === "POST") return { id: "d1", isRetried: true };
      if (path === "/api/admin/webhooks") return { items: [WEBHOOK] };
      return path.endsWith("/deliveries") ? { items: [DELIVERY] } : undefined;
    });
    showDesk(<WebhooksPage />, { address: "/?edit=w1" });
    const panel = await screen.findByRole("dialog");
    expect(await within(panel).findByText(/answered 500 in/)).toBeInTheDocument();

    await userEvent.click(
      within(panel).getByRole("button", { name: /^Send again: booking.confirmed/ }),
    );

    await waitFor(() =>
      expect(sent.map(({ path }) => path)).toContain(
        "/api/admin/webhooks/w1/deliveries/d1/redeliver",
      ),
    );
  });
});
