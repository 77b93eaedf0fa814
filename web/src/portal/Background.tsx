import { type Me } from "../session/session";
import { useDevice } from "../settings/useDevice";

/** What works behind every page: sending what waits, hearing what happens. Shows nothing. */
export default function Background({ me }: { me: Me | null | undefined }) {
  useDevice(me);
  return null;
}
