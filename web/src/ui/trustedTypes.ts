/**
 * Lets Mantine write its style sheets under `require-trusted-types-for 'script'`.
 *
 * React sets the text of a `<style>` through `innerHTML`, and the browser refuses any string there
 * unless a policy called `default` has looked at it. Ours passes only text without `<`: style sheets
 * need none, and without it there is no markup that could do anything. Nothing passes as a script.
 */
interface Policies {
  createPolicy: (name: "default", rules: { createHTML: (text: string) => string }) => unknown;
}

/** The text itself, when it cannot be markup. */
export function withoutMarkup(text: string): string {
  if (text.includes("<")) throw new TypeError("markup is not set from text");
  return text;
}

/** Declares the policy, where the browser knows such things. To be called once, before rendering. */
export function declareStylePolicy(): void {
  const { trustedTypes } = window as Window & { trustedTypes?: Policies };
  trustedTypes?.createPolicy("default", { createHTML: withoutMarkup });
}
