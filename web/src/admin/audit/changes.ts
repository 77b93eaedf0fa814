/** One value that differs between before and after, by its path. */
export interface Change {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** Longest value that is shown in a line; the whole is in the raw entry. */
const VALUE_CHARS_MAX = 200;

/** What differs between two values, one line for each leaf, in order of path. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const [old, now] = [leaves(before), leaves(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }))
    .filter((change) => change.before !== change.after);
}

function leaves(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (part: unknown, path: string): void => {
    if (Array.isArray(part)) {
      if (part.every((one) => typeof one !== "object" || one === null)) {
        found.set(path, short(part.map(String).join(", ")));
      } else {
        part.forEach((one, index) => walk(one, path === "" ? String(index) : `${path}.${index}`));
      }
    } else if (typeof part === "object" && part !== null) {
      for (const [name, one] of Object.entries(part)) {
        walk(one, path === "" ? name : `${path}.${name}`);
      }
    } else if (part !== null && part !== undefined) {
      found.set(path, short(String(part)));
    }
  };
  walk(value, "");
  return found;
}

function short(text: string): string {
  const characters = [...text];
  return characters.length <= VALUE_CHARS_MAX
    ? text
    : `${characters.slice(0, VALUE_CHARS_MAX).join("")}...`;
}

/** What an audit entry is about: `ledger:<team>:<day>`, `team:<id>`, `booking:<id>`. */
export interface AuditObject {
  kind: string;
  id?: string;
  day?: string;
}

export function readObject(text: string): AuditObject {
  const [kind = text, id, day] = text.split(":");
  return {
    kind,
    ...(id === undefined ? {} : { id }),
    ...(day === undefined ? {} : { day }),
  };
}
