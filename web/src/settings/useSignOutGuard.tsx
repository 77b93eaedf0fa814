import { type ReactNode, Suspense, lazy, useCallback, useRef, useState } from "react";

const SignOutDialog = lazy(() => import("./SignOutDialog"));

interface Guard {
  /** Asks when something would be lost. Answers whether to sign out. */
  confirm: () => Promise<boolean>;
  /** Has to be on the page. */
  dialog: ReactNode;
}

/** Keeps people from signing out unawares of what has not been confirmed yet. */
export function useSignOutGuard(): Guard {
  const [count, setCount] = useState(0);
  const answer = useRef<(isSure: boolean) => void>(() => undefined);

  const confirm = useCallback(async () => {
    // Fetched when it is asked for: the first page does without.
    const { unsettledNow } = await import("../offline");
    const unsettled = await unsettledNow();
    if (unsettled === 0) return true;
    setCount(unsettled);
    return new Promise<boolean>((resolve) => {
      answer.current = resolve;
    });
  }, []);
  const decide = (isSure: boolean) => {
    setCount(0);
    answer.current(isSure);
  };

  const dialog =
    count === 0 ? null : (
      <Suspense fallback={null}>
        <SignOutDialog count={count} onDecide={decide} />
      </Suspense>
    );
  return { confirm, dialog };
}
