/**
 * The JSON merge patch (RFC 7396) that makes `after` out of `before`: members that changed, `null`
 * for those that are gone. Arrays are replaced as a whole.
 */
export function mergePatch<T extends object>(before: T, after: T): Partial<T> {
  const patch: Record<string, unknown> = {};
  const old = before as Record<string, unknown>;
  const now = after as Record<string, unknown>;
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [from, to] = [old[name], now[name]];
    if (isSame(from, to)) continue;
    if (to === undefined || to === null) patch[name] = null;
    else if (isObject(from) && isObject(to)) patch[name] = mergePatch(from, to);
    else patch[name] = to;
  }
  return patch as Partial<T>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if ((one ?? null) === null && (other ?? null) === null) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((part, index) => isSame(part, other[index]));
  }
  if (isObject(one) && isObject(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => isSame(one[name], other[name]));
  }
  return false;
}

/** A JSON pointer as the path of a form field: `/price/amount` is `price.amount`. */
export function fieldOf(pointer: string): string {
  return pointer
    .replace(/^\//, "")
    .split("/")
    .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"))
    .join(".");
}
