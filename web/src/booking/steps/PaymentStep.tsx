import { Alert, Group, Radio, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import type { Money } from "../../i18n/formats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconCash, IconCloudOff } from "../../ui/icons";
import { StepFrame } from "../StepFrame";
import classes from "./PaymentStep.module.css";

interface Props {
  /** What the visits cost together. */
  price: Money;
  visits: number;
  isOnline: boolean;
  isEmergency: boolean;
  isBusy: boolean;
  error: unknown;
  onBack: () => void;
  onBook: () => void;
}

/** What it costs, how it is paid, and the button that books. */
export function PaymentStep(props: Props) {
  const { price, visits, isOnline, isEmergency, isBusy, error, onBack, onBook } = props;
  const { t } = useTranslation("booking");
  const formats = useFormats();
  const canBook = isOnline || !isEmergency;

  return (
    <StepFrame
      step="payment"
      onBack={onBack}
      onNext={onBook}
      nextLabel={isOnline ? t("payment.book") : t("payment.bookOffline")}
      isBusy={isBusy}
      isNextDisabled={!canBook}
    >
      {error === null || error === undefined ? null : <ProblemAlert error={error} isFocused />}
      {isOnline ? null : (
        <Alert color="marigold" variant="light" icon={<IconCloudOff />} title={t("offline.title")}>
          {isEmergency ? t("offline.emergency") : t("offline.text")}
        </Alert>
      )}
      <div className={`surface ${classes.lines}`}>
        <Group justify="space-between">
          <Text>{t("payment.visits", { count: visits })}</Text>
          <Text className="tabular">{formats.money(price)}</Text>
        </Group>
        <Group justify="space-between" className={classes.total}>
          <Text fw={600}>{t("payment.total")}</Text>
          <Text fw={600} className="tabular">
            {formats.money(price)}
          </Text>
        </Group>
      </div>
      <Radio.Group label={t("payment.legend")} value="cod">
        <Stack mt="xs">
          <Radio
            size="md"
            value="cod"
            className={classes.method}
            label={
              <Group gap="xs" wrap="nowrap">
                <IconCash size={20} aria-hidden /> {t("payment.cod")}
              </Group>
            }
            description={t("payment.codText")}
          />
        </Stack>
      </Radio.Group>
      <Text size="sm" c="dimmed">
        {t("payment.terms")}
      </Text>
    </StepFrame>
  );
}
