import { useQuery } from "@tanstack/react-query";

import { api, change, etag, newKey, type Schemas, unwrap } from "../../api";
import { EFFECTS } from "./effects";

export type Job = Schemas["Job"];
export type JobRun = Schemas["JobRun"];
export type JobFields = Schemas["JobFields"];

/** How often jobs are read again while somebody looks. */
const ASK_EVERY_MS = 10_000;
/** How often while a run is under way, which is over in a moment. */
const ASK_SOON_MS = 1_500;

const isMoving = (run: JobRun | null | undefined) =>
  run?.state === "planned" || run?.state === "running";

export function useJobs() {
  return useQuery({
    queryKey: [EFFECTS, "jobs"],
    queryFn: async () => (await unwrap(api.GET("/api/admin/schedule"))).items,
    refetchInterval: ({ state }) =>
      state.data?.some(({ lastDecision }) => isMoving(lastDecision)) ? ASK_SOON_MS : ASK_EVERY_MS,
  });
}

export function useJob(name: string) {
  return useQuery({
    queryKey: [EFFECTS, "jobs", name],
    queryFn: () =>
      unwrap(api.GET("/api/admin/schedule/{job}", { params: { path: { job: name } } })),
    refetchInterval: ({ state }) => (state.data?.runs.some(isMoving) ? ASK_SOON_MS : ASK_EVERY_MS),
  });
}

/** Says when a job runs, for the revision that was seen. */
export function saveJob(job: Job, body: JobFields): Promise<unknown> {
  const header = { ...change(newKey()), "If-Match": etag(job.rev) };
  const params = { path: { job: job.name }, header };
  return unwrap(api.PUT("/api/admin/schedule/{job}", { params, body }));
}

export function runJob(name: string): Promise<unknown> {
  const params = { path: { job: name }, header: change(newKey()) };
  return unwrap(api.POST("/api/admin/schedule/{job}/run", { params }));
}
