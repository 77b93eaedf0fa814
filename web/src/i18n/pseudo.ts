const ACCENTED: Record<string, string> = {
  a: "á",
  e: "é",
  i: "î",
  o: "ö",
  u: "ü",
  c: "ç",
  n: "ñ",
  A: "Å",
  E: "É",
  O: "Ø",
};

/** German is about a third longer than English. */
const GROWTH = 0.35;

/** Lengthens and accents a text, and leaves its placeholders alone. */
export function pseudo(text: string): string {
  const parts = text.split(/(\{\{[^}]*\}\}|<[^>]*>)/);
  const changed = parts.map((part, index) =>
    index % 2 === 1 ? part : part.replace(/[a-zA-Z]/g, (letter) => ACCENTED[letter] ?? letter),
  );
  return `[${changed.join("")}${"~".repeat(Math.ceil(text.length * GROWTH))}]`;
}

/** The same for a whole catalogue. */
export function pseudoCatalogue(value: unknown): unknown {
  if (typeof value === "string") return pseudo(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, pseudoCatalogue(inner)]),
  );
}
