import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Request } from "../data/requests";
import { useAccount } from "../shell/Account";
import { BulkDialog } from "./BulkDialog";
import classes from "./requests.module.css";
import { BULK_STEPS, type BulkStep, reachable } from "./steps";

interface Props {
  chosen: readonly Request[];
  onClear: () => void;
}

/** What can be done with all that are chosen at once. */
export function BulkBar({ chosen, onClear }: Props) {
  const { t } = useTranslation("admin");
  const { role } = useAccount();
  const [step, setStep] = useState<BulkStep>();
  // Kept while the dialog is open: the table behind it may change.
  const [frozen, setFrozen] = useState<readonly Request[]>([]);

  const begin = (wanted: BulkStep) => {
    setFrozen(chosen);
    setStep(wanted);
  };
  const counts = BULK_STEPS.map((one) => ({
    step: one,
    count: reachable(
      one,
      chosen.map(({ status }) => status),
      role,
    ).filter(Boolean).length,
  }));

  return (
    <>
      {chosen.length === 0 ? null : (
        <Group className={classes.bulk} role="region" aria-label={t("bulk.label")} gap="sm">
          <Text fw={600} role="status" me="auto">
            {t("bulk.chosen", { count: chosen.length })}
          </Text>
          {counts.map(({ step: one, count }) =>
            count === 0 ? null : (
              <Button
                key={one}
                variant={one === "cancel" ? "light" : "filled"}
                color={one === "cancel" ? "red" : undefined}
                onClick={() => begin(one)}
              >
                {t(`bulk.${one}`, { count })}
              </Button>
            ),
          )}
          <Button variant="default" onClick={onClear}>
            {t("bulk.clear")}
          </Button>
        </Group>
      )}
      {step === undefined ? null : (
        <BulkDialog
          step={step}
          chosen={frozen}
          onClose={(isDone) => {
            setStep(undefined);
            if (isDone) onClear();
          }}
        />
      )}
    </>
  );
}
