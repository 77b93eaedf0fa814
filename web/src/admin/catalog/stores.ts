import { api, change, etag, type Schemas, unwrap } from "../../api";
import type { Member, Resource, Service, Team, User } from "../data/catalog";
import type { Store, Stored } from "./entity";

/** An account as it is written: passwords are never read back. */
export type UserFields = Schemas["UserFields"] & { password?: string | null };

const at = (view: Stored, key: string) => ({
  path: { id: view.id },
  header: { ...change(key), "If-Match": etag(view.rev) },
});

/** The document calls a merge patch an object of anything; openapi-typescript makes that nothing. */
const patched = (body: object) => body as Record<string, never>;
const made = (key: string) => ({ header: change(key) });

export const teamStore: Store<Team, Schemas["TeamFields"]> = {
  create: (body, key) => unwrap(api.POST("/api/admin/teams", { params: made(key), body })),
  update: (view, body, key) =>
    unwrap(api.PATCH("/api/admin/teams/{id}", { params: at(view, key), body: patched(body) })),
  remove: (view, key) => unwrap(api.DELETE("/api/admin/teams/{id}", { params: at(view, key) })),
};

export const serviceStore: Store<Service, Schemas["ServiceFields"]> = {
  create: (body, key) => unwrap(api.POST("/api/admin/services", { params: made(key), body })),
  update: (view, body, key) =>
    unwrap(api.PATCH("/api/admin/services/{id}", { params: at(view, key), body: patched(body) })),
  remove: (view, key) => unwrap(api.DELETE("/api/admin/services/{id}", { params: at(view, key) })),
};

export const memberStore: Store<Member, Schemas["MemberFields"]> = {
  create: (body, key) => unwrap(api.POST("/api/admin/team-members", { params: made(key), body })),
  update: (view, body, key) =>
    unwrap(
      api.PATCH("/api/admin/team-members/{id}", { params: at(view, key), body: patched(body) }),
    ),
  remove: (view, key) =>
    unwrap(api.DELETE("/api/admin/team-members/{id}", { params: at(view, key) })),
};

export const resourceStore: Store<Resource, Schemas["ResourceFields"]> = {
  create: (body, key) => unwrap(api.POST("/api/admin/resources", { params: made(key), body })),
  update: (view, body, key) =>
    unwrap(api.PATCH("/api/admin/resources/{id}", { params: at(view, key), body: patched(body) })),
  remove: (view, key) => unwrap(api.DELETE("/api/admin/resources/{id}", { params: at(view, key) })),
};

export const userStore: Store<User, UserFields> = {
  create: (body, key) => unwrap(api.POST("/api/admin/users", { params: made(key), body })),
  update: (view, body, key) =>
    unwrap(api.PATCH("/api/admin/users/{id}", { params: at(view, key), body: patched(body) })),
};
