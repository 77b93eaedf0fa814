import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { refreshPayment } from "../../portal/payment";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconRefresh } from "../../ui/icons";
import { REQUESTS, type RequestDetail } from "../data/requests";
import { announce } from "../shell/undo";

/** Has the server ask the provider how a payment stands. */
export function RefreshButton({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("office");
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: () => refreshPayment(request.id, undefined),
    onSuccess: () => announce(t("refresh.done", { reference: request.reference })),
    onSettled: () => queries.invalidateQueries({ queryKey: [REQUESTS] }),
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconRefresh size={18} />}
        loading={ask.isPending}
        onClick={() => ask.mutate()}
      >
        {t("refresh.button")}
      </Button>
      {ask.isError ? <ProblemAlert error={ask.error} isFocused /> : null}
    </>
  );
}
