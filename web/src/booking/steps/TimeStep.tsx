import { Button, Stack, VisuallyHidden } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { StepFrame } from "../StepFrame";
import { type PickedTime, TimePicker } from "../TimePicker";
import { WaitlistForm } from "../WaitlistForm";
import type { OpenSlot, PlaceDay } from "../availability";
import type { Choice } from "../choice";
import type { Service } from "../useCatalogue";

interface Props {
  service: Service;
  choice: Choice;
  held: OpenSlot | undefined;
  isBusy: boolean;
  error: unknown;
  onPick: (picked: PickedTime) => void;
  onBack: () => void;
  onNext: () => void;
}

function WaitHere({ service, choice, day }: { service: Service; choice: Choice; day: PlaceDay }) {
  const { t } = useTranslation("booking");
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) {
    return <Button onClick={() => setOpen(true)}>{t("waitlist.open")}</Button>;
  }
  return <WaitlistForm serviceId={service.id} memberId={choice.memberId} day={day} />;
}

/** When: place, day and start. */
export function TimeStep(props: Props) {
  const { service, choice, held, isBusy, error, onPick, onBack, onNext } = props;
  const { t } = useTranslation("booking");
  const { memberId, isEmergency } = choice;
  const wanted = useMemo(
    () => ({ serviceId: service.id, memberId, isEmergency }),
    [service.id, memberId, isEmergency],
  );
  const isChosen = choice.startsAt !== undefined && choice.teamId !== undefined;

  return (
    <StepFrame
      step="time"
      onBack={onBack}
      onNext={onNext}
      isBusy={isBusy}
      isNextDisabled={!isChosen}
    >
      <Stack>
        {error === null || error === undefined ? null : <ProblemAlert error={error} isFocused />}
        <TimePicker
          wanted={wanted}
          horizonDaysMax={service.horizonDaysMax}
          picked={choice}
          onPick={onPick}
          held={held}
          fullDay={(day) => <WaitHere key={day.date} service={service} choice={choice} day={day} />}
        />
        {isChosen ? null : <VisuallyHidden>{t("time.chooseFirst")}</VisuallyHidden>}
      </Stack>
    </StepFrame>
  );
}
