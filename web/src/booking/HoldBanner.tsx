import { Alert, Button, Group, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../ui/ProblemAlert";
import { IconHourglass } from "../ui/icons";
import classes from "./HoldBanner.module.css";
import { type Hold, type HoldControl, useRemainingMs } from "./useHold";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** From here on the time is announced, and extending is offered with weight. */
const SOON_MS = 2 * MINUTE_MS;

function clock(leftMs: number): string {
  const seconds = Math.ceil(leftMs / SECOND_MS);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

interface Props {
  control: HoldControl;
  isEmergency: boolean;
  /** The place went to somebody else. */
  onChooseAgain: () => void;
}

/** How long the place is kept, and the way to keep it longer (WCAG 2.2.1). */
export function HoldBanner({ control, isEmergency, onChooseAgain }: Props) {
  const { t } = useTranslation("booking");
  const { hold, extend, keep } = control;
  const leftMs = useRemainingMs(hold?.expiresAt);
  const more = useMutation({ mutationFn: extend });

  const again = useMutation({ mutationFn: (over: Hold) => keep({ ...over, isEmergency }) });

  if (again.isError) {
    return (
      <ProblemAlert error={again.error} isFocused>
        <Button onClick={onChooseAgain}>{t("confirmation.chooseAgain")}</Button>
      </ProblemAlert>
    );
  }
  if (hold === undefined || leftMs === undefined) return null;
  if (leftMs === 0) {
    return (
      <Alert color="marigold" variant="light" title={t("hold.over")} role="status">
        <Stack gap="xs" align="flex-start">
          <Text>{t("hold.overText")}</Text>
          <Button variant="default" loading={again.isPending} onClick={() => again.mutate(hold)}>
            {t("hold.keepAgain")}
          </Button>
        </Stack>
      </Alert>
    );
  }
  const canExtend = Date.parse(hold.expiresAt) < Date.parse(hold.extendableUntil);
  const isSoon = leftMs <= SOON_MS;
  return (
    <>
      <div className={classes.hold} data-soon={isSoon}>
        <Group justify="space-between" gap="sm">
          <Group gap="sm" wrap="nowrap">
            <IconHourglass size={20} aria-hidden />
            <Text className="tabular">{t("hold.left", { time: clock(leftMs) })}</Text>
          </Group>
          {canExtend ? (
            <Button
              size="sm"
              h={44}
              variant={isSoon ? "filled" : "default"}
              loading={more.isPending}
              onClick={() => more.mutate()}
            >
              {t("hold.extend")}
            </Button>
          ) : null}
        </Group>
      </div>
      <VisuallyHidden role="status">{isSoon ? t("hold.soon") : ""}</VisuallyHidden>
      {more.isError ? <ProblemAlert error={more.error} /> : null}
    </>
  );
}
