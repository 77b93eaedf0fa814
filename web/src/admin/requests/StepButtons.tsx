import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Step } from "./steps";

/** Steps that lead on come first; those that call something off are marked. */
const HARSH: readonly Step[] = ["decline", "cancel", "no-show", "correct"];

interface Props {
  steps: readonly Step[];
  onStep: (step: Step) => void;
}

export function StepButtons({ steps, onStep }: Props) {
  const { t } = useTranslation("admin");
  if (steps.length === 0) return null;
  return (
    <Group gap="xs" role="group" aria-label={t("request.steps")}>
      {steps.map((step, index) => (
        <Button
          key={step}
          variant={
            index === 0 && !HARSH.includes(step)
              ? "filled"
              : HARSH.includes(step)
                ? "light"
                : "default"
          }
          color={HARSH.includes(step) ? "red" : undefined}
          onClick={() => onStep(step)}
        >
          {t(`stepName.${step}`)}
        </Button>
      ))}
    </Group>
  );
}
