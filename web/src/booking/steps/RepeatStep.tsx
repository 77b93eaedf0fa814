import { NativeSelect, NumberInput, Radio, Skeleton, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { StepFrame } from "../StepFrame";
import { type Choice, FREQUENCIES, INTERVAL_MAX, type Repeat, VISITS_MAX } from "../choice";
import type { MovedVisit } from "../order";
import { usePreview } from "../usePreview";
import { PreviewTable } from "./PreviewTable";
import classes from "./RepeatStep.module.css";

interface Props {
  serviceId: string;
  choice: Choice;
  moved: readonly MovedVisit[];
  /** Whether a place is still held, which would stand in the way of its own series. */
  isHolding: boolean;
  onRepeat: (repeat: Repeat | undefined) => void;
  onMoved: (moved: MovedVisit[]) => void;
  onBack: () => void;
  onNext: () => void;
}

const USUAL: Repeat = { frequency: "weekly", interval: 1, count: 4 };

function RuleForm({ repeat, onChange }: { repeat: Repeat; onChange: (repeat: Repeat) => void }) {
  const { t } = useTranslation("booking");
  const whole = (value: string | number, max: number) =>
    Math.min(max, Math.max(1, Math.trunc(Number(value)) || 1));
  return (
    <div className={classes.rule}>
      <NativeSelect
        label={t("repeat.frequency")}
        value={repeat.frequency}
        data={FREQUENCIES.map((value) => ({ value, label: t(`repeat.${value}`) }))}
        onChange={({ currentTarget: { value } }) => {
          const frequency = FREQUENCIES.find((one) => one === value) ?? repeat.frequency;
          onChange({ ...repeat, frequency });
        }}
      />
      <NumberInput
        label={t(`repeat.every.${repeat.frequency}`)}
        value={repeat.interval}
        min={1}
        max={INTERVAL_MAX}
        clampBehavior="blur"
        hideControls
        onChange={(value) => onChange({ ...repeat, interval: whole(value, INTERVAL_MAX) })}
      />
      <NumberInput
        label={t("repeat.visits")}
        value={repeat.count}
        min={2}
        max={VISITS_MAX}
        clampBehavior="blur"
        hideControls
        onChange={(value) => onChange({ ...repeat, count: Math.max(2, whole(value, VISITS_MAX)) })}
      />
    </div>
  );
}

/** Once, or again and again; with every visit shown before anything is booked. */
export function RepeatStep(props: Props) {
  const { serviceId, choice, moved, isHolding, onRepeat, onMoved, onBack, onNext } = props;
  const { t } = useTranslation("booking");
  const { repeat } = choice;
  const shown = usePreview(serviceId, choice, !isHolding);
  const { data: preview, error, isFetching, refetch } = shown;
  const isReady = repeat === undefined || (preview !== undefined && !isFetching);
  const bookable = (preview?.okCount ?? 0) + moved.length;

  return (
    <StepFrame
      step="repeat"
      lead={t("repeat.lead")}
      onBack={onBack}
      onNext={onNext}
      isNextDisabled={!isReady || (repeat !== undefined && bookable === 0)}
    >
      <Radio.Group
        label={t("repeat.legend")}
        value={repeat === undefined ? "once" : "often"}
        onChange={(value) => onRepeat(value === "once" ? undefined : USUAL)}
      >
        <Stack gap={0} mt="xs">
          <Radio className={classes.radio} size="md" value="once" label={t("repeat.once")} />
          <Radio className={classes.radio} size="md" value="often" label={t("repeat.often")} />
        </Stack>
      </Radio.Group>
      {repeat === undefined ? null : (
        <>
          <RuleForm repeat={repeat} onChange={onRepeat} />
          {error === null ? null : <ProblemAlert error={error} onRetry={() => void refetch()} />}
          {preview === undefined ? (
            error === null ? (
              <Skeleton height={240} radius="lg" aria-busy="true" />
            ) : null
          ) : (
            <PreviewTable preview={preview} moved={moved} isBusy={isFetching} onMoved={onMoved} />
          )}
          <Text role="status" size="sm" c="dimmed">
            {preview === undefined || isFetching
              ? t("repeat.checking")
              : t("repeat.summary", {
                  count: bookable,
                  omitted: preview.conflictCount - moved.length,
                })}
          </Text>
        </>
      )}
    </StepFrame>
  );
}
