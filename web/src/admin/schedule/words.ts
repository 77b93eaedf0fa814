import { useTranslation } from "react-i18next";

import type { JobRun } from "../data/schedule";

const JOBS = ["purge", "exchange-rates", "reconciliation"] as const;
const DECISIONS = ["run", "coalesced", "skipped-late", "skipped-busy"] as const;
const STATES = ["planned", "running", "retry", "done", "failed", "passed"] as const;

/** Jobs and what became of them, in words; what this version does not know is shown as it came. */
export function useJobWords() {
  const { t } = useTranslation("office");
  return {
    job: (name: string): string => {
      const known = JOBS.find((one) => one === name);
      return known === undefined ? name : t(`job.${known}`);
    },
    run: ({ decision, state }: Pick<JobRun, "decision" | "state">): string => {
      const decided = DECISIONS.find((one) => one === decision);
      const stands = STATES.find((one) => one === state);
      const how = decided === undefined ? decision : t(`decision.${decided}`);
      // What was left out has nothing more to tell.
      if (decided !== "run") return how;
      return `${how}: ${stands === undefined ? state : t(`runState.${stands}`)}`;
    },
  };
}

/** The colour that goes with what became of a run. */
export function runColor({ decision, state }: Pick<JobRun, "decision" | "state">): string {
  if (state === "failed") return "red";
  if (state === "retry" || decision.startsWith("skipped")) return "marigold";
  return state === "done" ? "pine" : "gray";
}
