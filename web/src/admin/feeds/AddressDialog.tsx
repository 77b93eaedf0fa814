import { useTranslation } from "react-i18next";

import { OnceDialog } from "../shell/OnceDialog";

/** An address that was just made, and for whom. */
export interface Shown {
  name: string;
  url: string;
}

/** The address of a calendar, which the server says this once. */
export function AddressDialog({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const { t } = useTranslation("office");
  return (
    <OnceDialog
      title={t("feeds.title", { name: shown.name })}
      text={t("feeds.text")}
      value={shown.url}
      onClose={onClose}
    />
  );
}
