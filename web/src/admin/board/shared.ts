import { BoardStore, paintSchedule } from "./store";

/** The days that any page of the admin knows of. One for the whole application. */
export const boardStore = new BoardStore(
  paintSchedule(
    () => performance.now(),
    (callback, delayMs) => {
      setTimeout(() => requestAnimationFrame(callback), delayMs);
    },
  ),
);
