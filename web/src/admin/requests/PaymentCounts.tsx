import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { paymentWord } from "../../ui/payment";
import { usePaymentCounts } from "../data/money";
import { useCan } from "../shell/Account";
import { PAYMENTS, type PaymentFilter, type RequestFilter } from "./filters";

interface Props {
  filter: RequestFilter;
  onChange: (filter: RequestFilter) => void;
}

/** How many payments stand how, each a filter. What there is none of is left out. */
export function PaymentCounts(props: Props) {
  const may = useCan();
  return may("handle-money") ? <Counts {...props} /> : null;
}

function Counts({ filter, onChange }: Props) {
  const { t } = useTranslation("office");
  const { t: said } = useTranslation("payment");
  const formats = useFormats();
  const counts = usePaymentCounts();
  const of = (status: PaymentFilter) =>
    counts.data?.find(({ paymentStatus }) => paymentStatus === status)?.count ?? 0;
  const shown = PAYMENTS.filter((one) => of(one) > 0 || filter.payment === one);
  if (shown.length === 0) return null;
  return (
    <Group gap="xs" role="group" aria-label={t("counts.label")}>
      {shown.map((status) => {
        const isOn = filter.payment === status;
        return (
          <Button
            key={status}
            size="compact-md"
            mih={44}
            radius="xl"
            variant={isOn ? "light" : "default"}
            aria-pressed={isOn}
            onClick={() => onChange({ ...filter, payment: isOn ? undefined : status })}
          >
            {t("counts.one", {
              status: paymentWord(said, status),
              number: formats.number(of(status)),
            })}
          </Button>
        );
      })}
    </Group>
  );
}
