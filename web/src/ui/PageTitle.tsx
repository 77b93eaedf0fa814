import { Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";

/** How many page titles were shown since the page was loaded. The first one leaves the focus alone. */
let shown = 0;

/** A page's one main heading. It gets the focus when people come from another page of ours. */
export function PageTitle({ children, lead }: { children: string; lead?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { key } = useLocation();

  useEffect(() => {
    document.title = `${children} - Daybook`;
  }, [children]);
  useEffect(() => {
    if (shown > 0 && key !== "default") heading.current?.focus();
    shown += 1;
  }, [key]);

  return (
    <Stack gap={6} mb="lg" miw={0} style={{ overflowWrap: "anywhere" }}>
      <Title order={1} ref={heading} tabIndex={-1}>
        {children}
      </Title>
      {lead === undefined ? null : (
        <Text c="dimmed" size="lg" maw="60ch">
          {lead}
        </Text>
      )}
    </Stack>
  );
}
