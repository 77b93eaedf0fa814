import { Alert, Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { ProblemError } from "../../api";
import type { Money } from "../../i18n/formats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconCloudOff } from "../../ui/icons";
import { StepFrame } from "../StepFrame";
import { PRICE_CODES, PriceChange } from "../PriceChange";
import type { PayMethod } from "../order";
import type { PriceLines } from "../quote";
import { PhoneLink, useHelpline } from "../Helpline";
import { isPromoProblem } from "../useQuote";
import { MethodField } from "./MethodField";
import { PromoField } from "./PromoField";
import { QuoteLines } from "./QuoteLines";

function codeOf(error: unknown): string | undefined {
  return error instanceof ProblemError ? error.problem.code : undefined;
}

/** How the price stands that was asked for. */
export interface QuoteState {
  /** Whether the server tells prices with their lines, and takes codes. */
  isQuoted: boolean;
  isBusy: boolean;
  error: Error | null;
  /** What came of asking with the code. */
  promoError: Error | null;
  promoCode: string;
  retry: () => void;
  onPromo: (code: string) => void;
}

interface Props {
  /** What the visits cost together, and why. */
  price: PriceLines;
  visits: number;
  /** Visits that leave the series, each at the price of its own time. */
  movedVisits: number;
  quote: QuoteState;
  methods: readonly PayMethod[];
  method: PayMethod;
  onMethod: (method: PayMethod) => void;
  isOnline: boolean;
  isEmergency: boolean;
  isBusy: boolean;
  error: unknown;
  /** The total that was on the screen when the button was pressed. */
  agreed: Money | undefined;
  /** Sends it without keeping it here first: offered where this device has no room. */
  onAnyway: (() => void) | undefined;
  onBack: () => void;
  onBook: () => void;
}

/** What it costs, how it is paid, and the button that books. */
export function PaymentStep(props: Props) {
  const {
    price,
    visits,
    movedVisits,
    quote,
    method,
    isOnline,
    isEmergency,
    isBusy,
    error,
    onBack,
    onBook,
  } = props;
  const { t } = useTranslation("booking");
  const phone = useHelpline();
  const promoProblem =
    isPromoProblem(quote.promoError) && quote.promoError instanceof ProblemError
      ? quote.promoError.problem
      : undefined;
  const canWait = !isEmergency && method !== "card";
  const canBook = (isOnline || canWait) && quote.error === null && !quote.isBusy;

  return (
    <StepFrame
      step="payment"
      onBack={onBack}
      onNext={onBook}
      nextLabel={t(
        method === "card"
          ? "payment.toCheckout"
          : isOnline || !canWait
            ? "payment.book"
            : "payment.bookOffline",
      )}
      isBusy={isBusy}
      isNextDisabled={!canBook}
    >
      {error === null || error === undefined ? null : (
        <ProblemAlert error={error} isFocused>
          {codeOf(error) === "storage-full" && props.onAnyway !== undefined ? (
            <Button onClick={props.onAnyway}>{t("payment.anyway")}</Button>
          ) : null}
          {PRICE_CODES.includes(codeOf(error) ?? "") ? (
            <PriceChange before={props.agreed} now={quote.isBusy ? undefined : price.total} />
          ) : null}
        </ProblemAlert>
      )}
      {isOnline ? null : (
        <Alert color="marigold" variant="light" icon={<IconCloudOff />} title={t("offline.title")}>
          {isEmergency ? t("offline.emergency") : t("offline.text")}
          {isEmergency && phone !== undefined ? <PhoneLink phone={phone} /> : null}
        </Alert>
      )}
      {quote.error === null ? null : <ProblemAlert error={quote.error} onRetry={quote.retry} />}
      <QuoteLines price={price} visits={visits} isBusy={quote.isBusy} />
      {movedVisits === 0 ? null : (
        <Text size="sm">{t("payment.moved", { count: movedVisits })}</Text>
      )}
      {quote.isQuoted ? (
        <PromoField
          applied={quote.promoCode}
          problem={promoProblem}
          isBusy={quote.isBusy}
          onApply={quote.onPromo}
        />
      ) : null}
      <MethodField
        methods={props.methods}
        method={method}
        isOnline={isOnline}
        onChange={props.onMethod}
      />
      <Text size="sm" c="dimmed">
        {t("payment.terms")}
      </Text>
    </StepFrame>
  );
}
