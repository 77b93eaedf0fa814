import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { type Schemas, api, change, unwrap } from "../api";
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
}

/**
 * Books while somebody looks, past the outbox: emergencies, and what is paid by card. A booking
 * that is to be paid leads to the provider's page, or to ours where that one is not open yet.
 */
export function useBookNow(keyOf: (body: CreateBody) => string, ways: Ways) {
  const navigate = useNavigate();
  const [isLeaving, setLeaving] = useState(false);
  const book = useMutation({
    mutationFn: (body: CreateBody): Promise<Booked> => {
      const params = { header: change(keyOf(body)) };
      const sent = body as unknown as Schemas["CreateServiceRequest"];
      return unwrap(api.POST("/api/portal/service-requests", { params, body: sent }));
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
  const { mutate, isPending, error, data: made } = book;
  return { mutate, isPending, error, made, isLeaving };
}
