import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";

import SchedulePage from "../../../src/admin/schedule/SchedulePage";
import { startI18n } from "../../../src/i18n";
import { PATIENCE_MS, serve, showDesk } from "./rig";

const RUN = {
  scheduledFor: "2026-11-22T02:40:00Z",
  decision: "run",
  isManual: false,
  state: "failed",
  tries: 3,
  startedAt: null,
  finishedAt: null,
  detail: "the disk is full",
};
const JOB = {
  name: "purge",
  schedule: "40 3 * * *",
  timeZone: "Europe/Berlin",
  isActive: true,
  isEdited: false,
  rev: 2,
  nextRunAt: "2026-11-23T02:40:00Z",
  lastDecision: RUN,
};

beforeAll(async () => {
  await startI18n("en", ["common", "admin", "office", "problems"]);
});

describe("the schedule", { timeout: PATIENCE_MS }, () => {
  const answer = ({ method, path }: { method: string; path: string }) => {
    if (method === "POST") return { name: "purge", scheduledFor: RUN.scheduledFor };
    if (method === "PUT") return JOB;
    return path.endsWith("/purge") ? { ...JOB, runs: [RUN] } : { items: [JOB] };
  };

  it("tells what became of a job, and runs it now", async () => {
    const sent = serve(answer);
    showDesk(<SchedulePage />);
    expect(await screen.findByText("Run: failed")).toBeInTheDocument();

    await userEvent.click(screen.getByRole("button", { name: /^Run now: Clearing away/ }));

    await waitFor(() =>
      expect(sent.map(({ method, path }) => `${method} ${path}`)).toContain(
        "POST /api/admin/schedule/purge/run",
      ),
    );
  });

  it("is set for the revision that was seen", async () => {
    const sent = serve(answer);
    showDesk(<SchedulePage />, { address: "/?job=purge" });
    const panel = await screen.findByRole("dialog");
    expect(await within(panel).findByText("the disk is full")).toBeInTheDocument();
    await userEvent.click(within(panel).getByLabelText("Runs by itself"));
    await userEvent.click(within(panel).getByRole("button", { name: "Save" }));

    await waitFor(() => expect(sent.some(({ method }) => method === "PUT")).toBe(true));
    const put = sent.find(({ method }) => method === "PUT");
    expect(put?.headers.get("if-match")).toBe('"2"');
    expect(put?.body).toEqual({
      schedule: "40 3 * * *",
      timeZone: "Europe/Berlin",
      isActive: false,
    });
  });

  it("is only shown to those who may not change it", async () => {
    serve(answer);
    showDesk(<SchedulePage />, { role: "dispatcher" });
    expect(await screen.findByText("Run: failed")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: /^Run now/ })).toBeNull();
  });
});
