import { useMutation } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { type Alternative, ProblemError } from "../api";
import { useEntry } from "../offline";
import { useMe } from "../session/session";
import { useOwnTimeZone } from "../ui/preferences";
import { useOnline } from "../ui/useOnline";
import { HoldBanner } from "./HoldBanner";
import { Progress } from "./Progress";
import { Summary } from "./Summary";
import classes from "./Wizard.module.css";
import { type Choice, type Step, neighbour, readChoice, stepsFor, writeChoice } from "./choice";
import { type Details, detailsOf, forgetDetails, loadDetails, saveDetails } from "./details";
import { type MovedVisit, type PayMethod, methodsFor, orderOf } from "./order";
import { type PriceLines, type Quote, payable } from "./quote";
import { ConfirmationStep } from "./steps/ConfirmationStep";
import { DetailsStep } from "./steps/DetailsStep";
import { MemberStep } from "./steps/MemberStep";
import { PaymentStep } from "./steps/PaymentStep";
import { RepeatStep } from "./steps/RepeatStep";
import { TimeStep } from "./steps/TimeStep";
import type { Service } from "./useCatalogue";
import { useBookNow } from "./useBookNow";
import { slotOf, useHold } from "./useHold";
import { type Preview, usePreview } from "./usePreview";
import { isPromoProblem, useQuote } from "./useQuote";
import { useSubmission } from "./useSubmission";

/** Refusals of a hold after which people choose another time; with any other the place is simply not held. */
const TAKEN = ["slot-taken", "capacity-exceeded", "member-unavailable", "outside-availability"];

/** Visits of a series that can be booked as they are. */
function bookableOf(preview: Preview | undefined): ReadonlySet<number> {
  const visits = preview?.occurrences.filter(({ status }) => status === "ok") ?? [];
  return new Set(visits.map(({ index }) => index));
}

/** What is paid: as quoted, or where nothing is quoted at the price of the catalogue. */
function priceOf(
  service: Service,
  quote: Quote | undefined,
  bookable: ReadonlySet<number> | undefined,
): PriceLines {
  if (quote !== undefined) return payable(quote, bookable);
  const { currency, amount } = service.price;
  const sum = amount * (bookable?.size ?? 1);
  const base = { code: "base", label: "", amount: sum };
  return { total: { amount: sum, currency }, lines: [base], promos: [] };
}

/** The steps of booking a service. What is chosen is in the address, what is typed in the tab. */
export function Wizard({ service, onLeave }: { service: Service; onLeave: () => void }) {
  const { i18n } = useTranslation();
  const [search, setSearch] = useSearchParams();
  const { data: me } = useMe();
  const ownZone = useOwnTimeZone();
  const isOnline = useOnline();
  const holds = useHold();
  const submission = useSubmission();
  const [details, setDetails] = useState(() => loadDetails(sessionStorage));
  const [moved, setMoved] = useState<MovedVisit[]>([]);

  const choice = useMemo(() => readChoice(search), [search]);
  const steps = stepsFor(service, choice.isEmergency);
  const entryIds = useMemo(() => (search.get("entry") ?? "").split(",").filter(Boolean), [search]);
  const hold = holds.hold?.serviceId === service.id ? holds.hold : undefined;
  const held = useMemo(() => (hold === undefined ? undefined : slotOf(hold)), [hold]);
  const preview = usePreview(service.id, choice, hold === undefined);

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
  const type = (changed: Details) => {
    setDetails(changed);
    saveDetails(sessionStorage, changed);
  };

  // Whoever is signed in need not type what we know.
  useEffect(() => {
    if (me == null) return;
    setDetails((known) => ({
      ...known,
      name: known.name || me.name,
      email: known.email || me.email,
      phone: known.phone || (me.phone ?? ""),
    }));
  }, [me]);

  // An order that is opened again brings along what was typed for it.
  const edited = useEntry(choice.editId ?? null)?.request;
  useEffect(() => {
    if (edited != null) setDetails(detailsOf(edited.body));
  }, [edited]);

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
    hold: hold !== undefined && Date.parse(hold.expiresAt) > Date.now() ? hold : undefined,
    previewToken: choice.repeat === undefined ? undefined : preview.data?.token,
    quoteToken: quote.data?.token,
  };
  const done = (entries: string[]) => {
    holds.forget();
    forgetDetails(sessionStorage);
    go({ step: "confirmation" }, { entries, isReplacing: true });
  };
  const book = useMutation({
    mutationFn: () => {
      const placeZone = choice.timeZone ?? ownZone;
      return submission.submit({ parts, moved, service, placeZone, replaces: choice.editId });
    },
    onSuccess: (entries) => done(entries.map((entry) => entry.id)),
  });
  const bookNow = useBookNow(submission.keyOf, {
    isSignedIn: me != null,
    onMade: () => done([]),
    onLeaving: () => {
      holds.forget();
      forgetDetails(sessionStorage);
    },
  });
  const takeOther = (other: Alternative) =>
    go({ step: "details", startsAt: other.startsAt, teamId: other.teamId, repeat: undefined });

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
        const sending = isNow ? bookNow : book;
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
            onBook={() => (isNow ? bookNow.mutate(orderOf(parts)) : book.mutate())}
          />
        );
      }
      case "confirmation":
        return (
          <ConfirmationStep
            entryIds={entryIds}
            made={bookNow.made}
            isSignedIn={me != null}
            onAlternative={takeOther}
            onNewPrice={(editId) => go({ step: "payment", editId })}
            onChange={(editId) => go({ step: "details", editId })}
            onChooseAgain={() => go({ step: "time", startsAt: undefined, teamId: undefined })}
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
          {showsHold ? <HoldBanner control={{ ...holds, hold }} /> : null}
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
