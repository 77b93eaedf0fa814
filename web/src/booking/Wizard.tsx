import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { type Alternative, ProblemError } from "../api";
import { useMe } from "../session/session";
import { useOwnTimeZone } from "../ui/preferences";
import { useOnline } from "../ui/useOnline";
import type { Money } from "../i18n/formats";
import { HoldBanner } from "./HoldBanner";
import { PRICE_CODES } from "./PriceChange";
import { Progress } from "./Progress";
import { Summary } from "./Summary";
import classes from "./Wizard.module.css";
import { type Choice, type Step, neighbour, readChoice, stepsFor, writeChoice } from "./choice";
import { forgetDetails } from "./details";
import { type MovedVisit, type PayMethod, methodsFor, orderOf } from "./order";
import { priceOf } from "./quote";
import { ConfirmationStep } from "./steps/ConfirmationStep";
import { DetailsStep } from "./steps/DetailsStep";
import { MemberStep } from "./steps/MemberStep";
import { PaymentStep } from "./steps/PaymentStep";
import { RepeatStep } from "./steps/RepeatStep";
import { TimeStep } from "./steps/TimeStep";
import type { Service } from "./useCatalogue";
import { useDetails } from "./useDetails";
import { useBookNow } from "./useBookNow";
import { isHoldOf, isKept, slotOf, useHold } from "./useHold";
import { bookableOf, usePreview } from "./usePreview";
import { isPromoProblem, useQuote } from "./useQuote";
import { useSubmission } from "./useSubmission";

/** Refusals of a hold after which people choose another time; with any other the place is simply not held. */
const TAKEN = ["slot-taken", "capacity-exceeded", "member-unavailable", "outside-availability"];

/** The steps of booking a service. What is chosen is in the address, what is typed in the tab. */
export function Wizard({ service, onLeave }: { service: Service; onLeave: () => void }) {
  const { i18n } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const { data: me } = useMe();
  const ownZone = useOwnTimeZone();
  const isOnline = useOnline();
  const holds = useHold();
  const submission = useSubmission();
  const [moved, setMoved] = useState<MovedVisit[]>([]);

  const choice = useMemo(() => readChoice(search), [search]);
  const { details, type } = useDetails(me, choice.editId);
  const steps = stepsFor(service, choice.isEmergency);
  const entryIds = useMemo(() => (search.get("entry") ?? "").split(",").filter(Boolean), [search]);
  const hold = holds.hold?.serviceId === service.id ? holds.hold : undefined;
  const held = useMemo(() => (isKept(hold) ? slotOf(hold) : undefined), [hold]);
  const preview = usePreview(service.id, choice, held === undefined);

  const bookable = choice.repeat === undefined ? undefined : bookableOf(preview.data);
  const [promoCode, setPromoCode] = useState("");
  const asked = useQuote(service.id, choice, promoCode);
  const plain = useQuote(service.id, choice, "");
  // A code that cannot be used costs nobody the price without it.
  const quote = isPromoProblem(asked.error) ? plain : asked;

  const isUnknown = ({ isFetching, data, isPlaceholderData }: typeof quote | typeof preview) =>
    isFetching && (data === undefined || isPlaceholderData);
  const isPricing = isOnline && (isUnknown(quote) || isUnknown(preview));
  const price = priceOf(service, quote.data ?? undefined, bookable);

  const go = (
    changed: Partial<Choice>,
    options?: { entries?: string[]; isReplacing?: boolean },
  ) => {
    const next = writeChoice({ ...choice, ...changed });
    if (options?.entries !== undefined) next.set("entry", options.entries.join(","));
    setSearch(next, { replace: options?.isReplacing ?? changed.step === undefined });
  };
  const move = (by: 1 | -1) => go({ step: neighbour(steps, choice.step, by) });

  const keep = useMutation({
    mutationFn: async () => {
      const { startsAt, teamId, memberId, isEmergency } = choice;
      if (startsAt === undefined || teamId === undefined || !navigator.onLine) return;
      try {
        await holds.keep({ serviceId: service.id, startsAt, teamId, memberId, isEmergency });
      } catch (error) {
        const isTaken = error instanceof ProblemError && TAKEN.includes(error.problem.code);
        // Without a hold the place may go while somebody types, but it can still be booked.
        if (isTaken) throw error;
      }
    },
    onSuccess: () => move(1),
  });

  const [wanted, setWanted] = useState<PayMethod>("cod");
  const methods = methodsFor(service, choice, price.total.amount);
  const method = methods.includes(wanted) ? wanted : "cod";

  const parts = {
    method,
    serviceId: service.id,
    choice,
    details,
    timeZone: ownZone,
    locale: i18n.language,
    hold: isKept(hold) && isHoldOf(hold, service.id, choice) ? hold : undefined,
    previewToken: choice.repeat === undefined ? undefined : preview.data?.token,
    quoteToken: quote.data?.token,
  };
  const [agreed, setAgreed] = useState<Money>();
  const queries = useQueryClient();
  const askPriceAnew = () => void queries.resetQueries({ queryKey: ["quote"] });
  const review = (editId: string) => {
    askPriceAnew();
    go({ step: "payment", editId });
  };
  // The place stays kept until the booking is made: what was refused can be sent once more.
  const done = (entries: string[]) => {
    forgetDetails(sessionStorage);
    go({ step: "confirmation" }, { entries, isReplacing: true });
  };
  const book = useMutation({
    mutationFn: () => {
      const placeZone = choice.timeZone ?? ownZone;
      const replaces = choice.editId;
      return submission.submit({ parts, moved, service, placeZone, replaces, price: price.total });
    },
    onSuccess: (entries) => done(entries.map((entry) => entry.id)),
  });
  const bookNow = useBookNow(submission.keyOf, {
    isSignedIn: me != null,
    onMade: () => {
      holds.forget();
      done([]);
    },
    onLeaving: () => {
      holds.forget();
      forgetDetails(sessionStorage);
    },
    onRefused: (error) => {
      const code = error instanceof ProblemError ? error.problem.code : "";
      if (PRICE_CODES.includes(code)) askPriceAnew();
    },
  });
  const chooseAgain = () => go({ step: "time", startsAt: undefined, teamId: undefined });
  const takeOther = (other: Alternative) => {
    void holds.release();
    go({ step: "details", startsAt: other.startsAt, teamId: other.teamId, repeat: undefined });
  };

  const back = () => (choice.step === steps[1] ? onLeave() : move(-1));
  const step = () => {
    switch (choice.step) {
      case "service":
      case "member":
        return (
          <MemberStep
            serviceId={service.id}
            memberId={choice.memberId}
            onChoose={(memberId) => go({ memberId, startsAt: undefined, teamId: undefined })}
            onBack={back}
            onNext={() => move(1)}
          />
        );
      case "time":
        return (
          <TimeStep
            service={service}
            choice={choice}
            held={held}
            isBusy={keep.isPending}
            error={keep.error}
            onPick={(picked) => go(picked)}
            onBack={back}
            onNext={() => keep.mutate()}
          />
        );
      case "repeat":
        return (
          <RepeatStep
            serviceId={service.id}
            choice={choice}
            moved={moved}
            isHolding={hold !== undefined}
            onRepeat={(repeat) => {
              setMoved([]);
              // A held place would stand in the way of its own series.
              if (repeat !== undefined) void holds.release();
              go({ repeat });
            }}
            onMoved={setMoved}
            onBack={back}
            onNext={() => (choice.repeat === undefined ? keep.mutate() : move(1))}
          />
        );
      case "details":
        return (
          <DetailsStep
            details={details}
            isEmergency={choice.isEmergency}
            isSignedIn={me != null}
            onChange={type}
            onBack={back}
            onNext={() => move(1)}
          />
        );
      case "payment": {
        const isSeries = choice.repeat !== undefined;
        const visits = bookable?.size ?? 1;
        // Neither waits on this device: somebody is in need, or money moves.
        const isNow = choice.isEmergency || method === "card";
        const sending = isNow || !bookNow.isIdle ? bookNow : book;
        const order = orderOf(parts);
        return (
          <PaymentStep
            price={price}
            visits={visits}
            movedVisits={moved.length}
            quote={{
              isQuoted: quote.data != null || promoCode !== "",
              isBusy: isPricing,
              error: isOnline ? quote.error : null,
              promoError: asked.error,
              promoCode,
              retry: () => void quote.refetch(),
              onPromo: setPromoCode,
            }}
            methods={methods}
            method={method}
            onMethod={setWanted}
            isOnline={isOnline}
            isEmergency={choice.isEmergency}
            isBusy={sending.isPending || bookNow.isLeaving || (isSeries && preview.isFetching)}
            error={sending.error}
            onBack={back}
            agreed={agreed}
            onAnyway={isOnline && moved.length === 0 ? () => bookNow.mutate(order) : undefined}
            onBook={() => {
              setAgreed(price.total);
              bookNow.reset();
              if (isNow) bookNow.mutate(order);
              else book.mutate();
            }}
          />
        );
      }
      case "confirmation":
        return (
          <ConfirmationStep
            entryIds={entryIds}
            made={bookNow.made}
            isSignedIn={me != null}
            onBooked={holds.forget}
            onAlternative={takeOther}
            onReview={review}
            onChange={(editId) => go({ step: "details", editId })}
            onChooseAgain={chooseAgain}
          />
        );
    }
  };

  const isOver = choice.step === "confirmation";
  const showsHold = choice.repeat === undefined && !isOver;
  return (
    <>
      <Progress
        steps={steps}
        current={choice.step}
        canGoTo={() => !isOver}
        onGo={(to: Step) => (to === "service" ? onLeave() : go({ step: to }))}
      />
      <div className={classes.columns} data-wide={isOver || choice.step === "time"}>
        <div className={classes.step}>
          {showsHold ? (
            <HoldBanner
              control={{ ...holds, hold }}
              isEmergency={choice.isEmergency}
              onChooseAgain={chooseAgain}
            />
          ) : null}
          {step()}
        </div>
        {isOver || choice.step === "time" ? null : (
          <Summary
            service={service}
            choice={choice}
            total={choice.startsAt === undefined ? undefined : price.total}
            isPricing={isPricing}
          />
        )}
      </div>
    </>
  );
}
