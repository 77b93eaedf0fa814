import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { IconArrowLeft, IconArrowRight } from "../ui/icons";
import type { Step } from "./choice";

interface Props {
  step: Step;
  lead?: ReactNode;
  children: ReactNode;
  onBack?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  nextLabel?: string;
  /** The button on stays within reach of the keyboard, and does nothing. */
  isNextDisabled?: boolean;
  isBusy?: boolean;
}

/** Focus moves to a step's heading when it follows another, not when the page was just opened. */
let stepsShown = 0;

/** What all steps have: a heading that takes the focus, the way back, and the way on. */
export function StepFrame(props: Props) {
  const { step, lead, children, onBack, onNext, nextLabel, isNextDisabled, isBusy } = props;
  const { t } = useTranslation(["booking", "common"]);
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    if (stepsShown > 0) heading.current?.focus();
    stepsShown += 1;
    window.scrollTo({ top: 0 });
  }, [step]);

  return (
    <Stack gap="lg">
      <div>
        <Title order={2} ref={heading} tabIndex={-1}>
          {t(`booking:heading.${step}`)}
        </Title>
        {lead === undefined ? null : (
          <Text c="dimmed" maw="60ch" mt={4}>
            {lead}
          </Text>
        )}
      </div>
      {children}
      <Group justify="space-between" mt="md">
        {onBack === undefined ? (
          <span />
        ) : (
          <Button
            variant="subtle"
            onClick={onBack}
            leftSection={<IconArrowLeft className="flip" size={18} />}
          >
            {t("common:action.back")}
          </Button>
        )}
        {onNext === undefined ? null : (
          <Button
            onClick={isNextDisabled === true ? undefined : onNext}
            aria-disabled={isNextDisabled === true ? true : undefined}
            data-disabled={isNextDisabled === true ? true : undefined}
            loading={isBusy ?? false}
            rightSection={<IconArrowRight className="flip" size={18} />}
          >
            {nextLabel ?? t("common:action.next")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
