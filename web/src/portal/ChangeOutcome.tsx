import { Alert, Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import type { Alternative } from "../api";
import { ProblemAlert } from "../ui/ProblemAlert";
import { IconCloudOff } from "../ui/icons";
import type { ChangeState } from "./useChange";

interface Props {
  change: ChangeState;
  timeZone: string;
  onAlternative?: (other: Alternative) => void;
  children?: ReactNode;
}

/** What came of a change: still on this device, or refused and why. Success shows in the booking. */
export function ChangeOutcome({ change, timeZone, onAlternative, children }: Props) {
  const { t } = useTranslation("portal");
  const formats = useFormats();
  const { isWaiting, problem, error } = change;

  return (
    <>
      {isWaiting ? (
        <Alert color="marigold" variant="light" icon={<IconCloudOff />} title={t("change.waiting")}>
          {t("change.waitingText")}
        </Alert>
      ) : null}
      {error === undefined ? null : <ProblemAlert error={error} isFocused />}
      {problem === undefined ? null : (
        <ProblemAlert error={problem} isFocused>
          {onAlternative === undefined ? null : (
            <Group>
              {(problem.alternatives ?? []).map((other) => (
                <Button
                  key={other.startsAt + other.teamId}
                  variant="default"
                  onClick={() => onAlternative(other)}
                >
                  {formats.dateTime(other.startsAt, timeZone)}
                </Button>
              ))}
            </Group>
          )}
        </ProblemAlert>
      )}
      {children}
    </>
  );
}
