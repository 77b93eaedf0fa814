/** A path within this site, or `otherwise`: an address in a link must not lead people elsewhere. */
export function localPath(wanted: string | null, otherwise: string): string {
  if (wanted === null || !wanted.startsWith("/")) return otherwise;
  const base = "https://daybook.invalid";
  try {
    const url = new URL(wanted, base);
    return url.origin === base ? url.pathname + url.search + url.hash : otherwise;
  } catch {
    return otherwise;
  }
}
