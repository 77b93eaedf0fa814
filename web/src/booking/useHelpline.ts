/**
 * The number to call, which the server writes into the page, so that it is there without a
 * connection as well. `undefined` where the operator has named none.
 */
export function useHelpline(): string | undefined {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="daybook-phone"]');
  const phone = meta?.content.trim() ?? "";
  return phone === "" ? undefined : phone;
}
