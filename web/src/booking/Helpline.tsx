import { Anchor } from "@mantine/core";

/**
 * The number to call, which the server writes into the page, so that it is there without a
 * connection as well. `undefined` where the operator has named none.
 */
export function useHelpline(): string | undefined {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="daybook-phone"]');
  const phone = meta?.content.trim() ?? "";
  return phone === "" ? undefined : phone;
}

interface Props {
  phone: string;
  className?: string | undefined;
}

/** The number, to be called by a touch. Numbers run left to right in every language. */
export function PhoneLink({ phone, className }: Props) {
  return (
    <Anchor href={`tel:${phone.replaceAll(/[^+\d]/g, "")}`} className={className ?? ""}>
      <bdi>{phone}</bdi>
    </Anchor>
  );
}
