import { useEffect, useState } from "react";

/** How often the way to the server and back is measured while somebody looks. */
const EVERY_MS = 10_000;

/** Milliseconds to the server and back; `null` until it is known, or while it cannot be reached. */
export function useRoundTrip(): number | null {
  const [roundTripMs, setRoundTripMs] = useState<number | null>(null);

  useEffect(() => {
    const leaving = new AbortController();
    const measure = async () => {
      if (document.visibilityState !== "visible") return;
      if (!navigator.onLine) {
        setRoundTripMs(null);
        return;
      }
      const began = performance.now();
      try {
        const { signal } = leaving;
        const response = await fetch("/livez", { method: "HEAD", cache: "no-store", signal });
        setRoundTripMs(response.ok ? performance.now() - began : null);
      } catch {
        if (!leaving.signal.aborted) setRoundTripMs(null);
      }
    };
    void measure();
    const timer = setInterval(() => void measure(), EVERY_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, []);

  return roundTripMs;
}
