import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";

import LettersPage from "../../../src/admin/letters/LettersPage";
import RoundingPage from "../../../src/admin/pricing/RoundingPage";
import RemindersPage from "../../../src/admin/reminders/RemindersPage";
import { startI18n } from "../../../src/i18n";
import { PATIENCE_MS, serve, showDesk } from "./rig";

const LETTER = {
  id: "5242881.7.booking-confirmed",
  kind: "booking-confirmed",
  state: "dead",
  attempts: 8,
  reference: "DB-7K3M-Q2",
  at: "2026-11-20T10:00:00Z",
  nextAttemptAt: "2026-11-20T11:00:00Z",
  error: "550 no such user",
};
const RULE = {
  id: "r1",
  rev: 4,
  serviceId: null,
  minutesBefore: null,
  daysBefore: 1,
  at: "18:00",
  quietHours: { from: "22:00", to: "07:00" },
  isActive: true,
};

beforeAll(async () => {
  await startI18n("en", ["common", "admin", "office", "problems"]);
});

describe("letters", { timeout: PATIENCE_MS }, () => {
  it("that were given up are shown with what came back, and tried again", async () => {
    const sent = serve(({ method, path }) => {
      if (method === "POST") return { id: LETTER.id, isRetried: true };
      return path === "/api/admin/letters" ? { items: [LETTER], nextCursor: null } : undefined;
    });
    showDesk(<LettersPage />);

    expect(await screen.findByText("550 no such user")).toBeInTheDocument();
    expect(sent[0]?.query).toBe("?state=dead");
    await userEvent.click(
      screen.getByRole("button", { name: "Try again: Confirmation, DB-7K3M-Q2" }),
    );

    await waitFor(() =>
      expect(sent.map(({ method, path }) => `${method} ${path}`)).toContain(
        `POST /api/admin/letters/${LETTER.id}/retry`,
      ),
    );
  });

  it("that wait cannot be tried by hand, and a state without any says so", async () => {
    const sent = serve(({ query }) =>
      query === "?state=retry" ? { items: [{ ...LETTER, state: "retry" }] } : undefined,
    );
    showDesk(<LettersPage />, { address: "/?state=retry" });
    expect(await screen.findByText("Confirmation")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /Try again/ })).toBeNull();

    await userEvent.click(screen.getByLabelText("Sent"));

    expect(await screen.findByText("No letter here")).toBeInTheDocument();
    expect(sent.at(-1)?.query).toBe("?state=sent");
  });
});

describe("reminder rules", { timeout: PATIENCE_MS }, () => {
  it("are replaced as a whole, for the revision that was seen", async () => {
    const sent = serve(({ method, path }) => {
      if (method === "PUT") return RULE;
      return path === "/api/admin/reminder-rules" ? { items: [RULE] } : undefined;
    });
    showDesk(<RemindersPage />, { address: "/?edit=r1" });
    const dialog = await screen.findByRole("dialog");
    expect(screen.getByText("quiet 22:00 to 07:00")).toBeInTheDocument();

    await userEvent.click(within(dialog).getByLabelText("So long before the visit"));
    await userEvent.clear(within(dialog).getByLabelText("Hours before"));
    await userEvent.type(within(dialog).getByLabelText("Hours before"), "2");
    await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));

    await waitFor(() => expect(sent.some(({ method }) => method === "PUT")).toBe(true));
    const put = sent.find(({ method }) => method === "PUT");
    expect(put?.path).toBe("/api/admin/reminder-rules/r1");
    expect(put?.headers.get("if-match")).toBe('"4"');
    expect(put?.body).toEqual({
      serviceId: null,
      minutesBefore: 120,
      daysBefore: null,
      at: null,
      quietHours: { from: "22:00", to: "07:00" },
      isActive: true,
    });
  });
});

describe("rounding", { timeout: PATIENCE_MS }, () => {
  it("shows steps in whole units, and sends all that are left", async () => {
    const sent = serve(({ method, body }) =>
      method === "PUT" ? body : { steps: { CHF: 5, EUR: 10 } },
    );
    showDesk(<RoundingPage />);
    const francs = await screen.findByLabelText("CHF: Rounded to");
    expect(francs).toHaveValue("0.05");

    await userEvent.click(screen.getByRole("button", { name: "Remove EUR" }));
    await userEvent.click(screen.getByRole("button", { name: "Save" }));

    await waitFor(() => expect(sent.some(({ method }) => method === "PUT")).toBe(true));
    expect(sent.find(({ method }) => method === "PUT")?.body).toEqual({ steps: { CHF: 5 } });
  });

  it("is only shown to those who may not change it", async () => {
    serve(() => ({ steps: { CHF: 5 } }));
    showDesk(<RoundingPage />, { role: "dispatcher" });
    expect(await screen.findByLabelText("CHF: Rounded to")).toBeDisabled();
    expect(screen.queryByRole("button")).toBeNull();
  });
});
