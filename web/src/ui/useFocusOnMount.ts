import { type RefObject, useEffect, useRef } from "react";

/** Moves the focus to a heading when its page or step appears, so that screen readers follow. */
export function useFocusOnMount<T extends HTMLElement>(isWanted = true): RefObject<T | null> {
  const target = useRef<T>(null);
  useEffect(() => {
    if (isWanted) target.current?.focus({ preventScroll: false });
  }, [isWanted]);
  return target;
}
