import { useTranslation } from "react-i18next";

import { api, change, etag, unwrap } from "../../api";
import type { RequestDetail } from "../data/requests";
import { DecisionDialog } from "./DecisionDialog";

interface Props {
  seen: RequestDetail;
  current: RequestDetail;
  onClose: () => void;
}

/** Answers every open question about the money, with the reason that it is all right. */
export function ClearDialog({ seen, current, onClose }: Props) {
  const { t } = useTranslation("office");
  return (
    <DecisionDialog
      seen={seen}
      current={current}
      title={t("clear.title", { reference: seen.reference })}
      text={t("clear.text")}
      action={t("clear.send")}
      done={t("clear.done", { reference: seen.reference })}
      isBlocked={false}
      isReasonNeeded
      send={({ id, rev, reason, key }) =>
        unwrap(
          api.POST("/api/admin/service-requests/{id}/clear-payment", {
            params: { path: { id }, header: { ...change(key), "If-Match": etag(rev) } },
            body: { reason },
          }),
        )
      }
      onClose={onClose}
    >
      {null}
    </DecisionDialog>
  );
}
