import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";

import { ProblemError, type Schemas, api, change, unwrap } from "../api";
import { rememberLink, tokenOf } from "../portal/links";
import { leaveFor, paidPath } from "../portal/payment";
import type { CreateBody } from "./order";
import type { Booked } from "./outcome";

interface Ways {
  /** Whether an account knows the booking; otherwise this device keeps its link. */
  isSignedIn: boolean;
  /** It is made, and there is nothing to pay now. */
  onMade: () => void;
  /** It is made, and its client is on the way to pay. */
  onLeaving: () => void;
  onRefused: (error: Error) => void;
}

type KeyOf = (body: CreateBody, spent?: string) => string;

/**
 * Books while somebody looks, past the outbox: emergencies, and what is paid by card. A booking
 * that is to be paid leads to the provider's page, or to ours where that one is not open yet.
 */
export function useBookNow(keyOf: KeyOf, ways: Ways) {
  const navigate = useNavigate();
  const [isLeaving, setLeaving] = useState(false);
  const spent = useRef<string>(undefined);
  const book = useMutation({
    mutationFn: (body: CreateBody): Promise<Booked> => {
      const params = { header: change(keyOf(body, spent.current)) };
      const sent = body as unknown as Schemas["CreateServiceRequest"];
      return unwrap(api.POST("/api/portal/service-requests", { params, body: sent }));
    },
    onError: (error, body) => {
      // What was refused for good is refused again under its key, however things stand by then.
      const isFinal = error instanceof ProblemError && error.problem.retry !== "same-key";
      if (isFinal) spent.current = keyOf(body, spent.current);
      ways.onRefused(error);
    },
    onSuccess: (made) => {
      const { status, payment, links } = made;
      if (status !== "held" || payment.method !== "card") return ways.onMade();
      // Whoever comes back from the provider has nothing but the booking's id.
      const token = tokenOf(links.manage);
      if (!ways.isSignedIn && token !== undefined) {
        rememberLink(localStorage, { id: made.id, token, at: Date.now() });
      }
      ways.onLeaving();
      setLeaving(true);
      const url: unknown = "checkoutUrl" in payment ? payment.checkoutUrl : undefined;
      if (typeof url === "string") return leaveFor(url);
      return navigate(paidPath(made.id), { replace: true });
    },
  });
  const { mutate, reset, isIdle, isPending, error, data: made } = book;
  return { mutate, reset, isIdle, isPending, error, made, isLeaving };
}
