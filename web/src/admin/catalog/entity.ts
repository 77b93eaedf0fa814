import { useMutation, useQueryClient } from "@tanstack/react-query";

import { type Problem, ProblemError } from "../../api";
import { AUDIT } from "../data/audit";
import { CAPACITY } from "../data/capacity";
import { CATALOG } from "../data/catalog";
import { fieldOf } from "../lib/merge-patch";

/** Something of the catalogue that can be edited. */
export interface Stored {
  id: string;
  rev: number;
}

/** How one kind of thing is kept on the server. */
export interface Store<View extends Stored, Fields extends object> {
  create: (fields: Fields, key: string) => Promise<View>;
  update: (view: View, patch: Partial<Fields>, key: string) => Promise<View>;
  /** Absent for what is never deleted. */
  remove?: (view: View, key: string) => Promise<unknown>;
}

/** Runs a change of the catalogue, and has everything that shows it be read again. */
export function useCatalogChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => {
      for (const name of [CATALOG, CAPACITY, AUDIT]) {
        void queries.invalidateQueries({ queryKey: [name] });
      }
    },
  });
}

/** The server's words for single fields, by the path of the form's field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) return {};
  return Object.fromEntries(
    error.problem.errors.map(({ pointer, detail }) => [fieldOf(pointer), detail]),
  );
}

/** A problem without what is already shown beside fields. */
export function withoutFields(error: unknown, isField: (path: string) => boolean): unknown {
  if (!(error instanceof ProblemError)) return error;
  const problem: Problem = {
    ...error.problem,
    errors: error.problem.errors.filter(({ pointer }) => !isField(fieldOf(pointer))),
  };
  return problem;
}
