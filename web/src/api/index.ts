export { api, change, etag, onAnswer, unwrap } from "./client";
export { newKey, uuidV7 } from "./keys";
export * from "./problem";
export type { components, operations, paths } from "./schema";

import type { components } from "./schema";

/** Shapes of the API by their names in its document. */
export type Schemas = components["schemas"];
