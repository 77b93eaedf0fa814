import { Group, Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { IconCard, IconCash } from "../../ui/icons";
import type { PayMethod } from "../order";
import classes from "./PaymentStep.module.css";

const ICONS = { card: IconCard, cod: IconCash };

interface Props {
  methods: readonly PayMethod[];
  method: PayMethod;
  isOnline: boolean;
  onChange: (method: PayMethod) => void;
}

/** How somebody pays, of what is offered. Cards need a connection. */
export function MethodField({ methods, method, isOnline, onChange }: Props) {
  const { t } = useTranslation("booking");
  return (
    <Radio.Group
      label={t("payment.legend")}
      value={method}
      onChange={(next) => onChange(next === "card" ? "card" : "cod")}
    >
      <Stack mt="xs">
        {methods.map((one) => {
          const Icon = ICONS[one];
          const isOff = one === "card" && !isOnline;
          return (
            <Radio
              key={one}
              size="md"
              value={one}
              disabled={isOff}
              className={classes.method}
              label={
                <Group gap="xs" wrap="nowrap">
                  <Icon size={20} aria-hidden /> {t(`payment.${one}`)}
                </Group>
              }
              description={t(isOff ? "payment.cardOffline" : `payment.${one}Text`)}
            />
          );
        })}
      </Stack>
    </Radio.Group>
  );
}
