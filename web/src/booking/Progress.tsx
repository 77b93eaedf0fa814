import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { IconCheck } from "../ui/icons";
import classes from "./Progress.module.css";
import type { Step } from "./choice";

interface Props {
  steps: readonly Step[];
  current: Step;
  /** Steps that can be gone back to. None once the booking is made. */
  canGoTo: (step: Step) => boolean;
  onGo: (step: Step) => void;
}

/** All steps by name, where people are, and the way back to those that are done. */
export function Progress({ steps, current, canGoTo, onGo }: Props) {
  const { t } = useTranslation("booking");
  const at = steps.indexOf(current);

  return (
    <nav aria-label={t("progress.label")} className={classes.progress}>
      <p className={classes.summary} aria-hidden>
        {t("progress.summary", { step: at + 1, of: steps.length, name: t(`step.${current}`) })}
      </p>
      <ol>
        {steps.map((step, index) => {
          const isDone = index < at;
          const mark = isDone ? <IconCheck size={14} stroke={3} aria-hidden /> : index + 1;
          const content = (
            <>
              <span className={classes.mark}>{mark}</span>
              <span className={classes.name}>{t(`step.${step}`)}</span>
              {isDone ? <VisuallyHidden>{t("progress.done")}</VisuallyHidden> : null}
            </>
          );
          const state = isDone ? "done" : index === at ? "current" : "ahead";
          return (
            <li key={step} data-state={state} aria-current={index === at ? "step" : undefined}>
              {isDone && canGoTo(step) ? (
                <button type="button" onClick={() => onGo(step)}>
                  {content}
                </button>
              ) : (
                <span className={classes.item}>{content}</span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
