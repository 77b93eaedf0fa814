import { Box, Select, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { usePromos } from "./data";
import { Trial } from "./Trial";
import { tryPlain, tryStored } from "./trial";

/** What somebody would pay for a visit, with or without a promo: for whoever is on the phone. */
export default function SimulatorPage() {
  const { t } = useTranslation(["office", "admin"]);
  const promos = usePromos();
  const [params, setParams] = useSearchParams();
  const promo = promos.data?.find(({ id }) => id === params.get("promo"));
  return (
    <>
      <PageTitle lead={t("office:trial.lead")}>{t("admin:page.simulator")}</PageTitle>
      {promos.isError ? (
        <ProblemAlert error={promos.error} onRetry={() => void promos.refetch()} />
      ) : promos.data === undefined ? (
        <PageSkeleton />
      ) : (
        <Box className="surface" p="lg" maw={880}>
          <Stack>
            <Select
              label={t("office:trial.promo")}
              placeholder={t("office:trial.noPromo")}
              data={promos.data.map(({ id, code, name }) => ({
                value: id,
                label: `${code}: ${name}`,
              }))}
              value={promo?.id ?? null}
              onChange={(id) => setParams(id === null ? {} : { promo: id }, { replace: true })}
              clearable
              searchable
              clearButtonProps={{ "aria-label": t("office:trial.noPromo") }}
            />
            <Trial
              key={promo?.id ?? ""}
              ask={(visit) => (promo === undefined ? tryPlain(visit) : tryStored(promo.id, visit))}
            />
          </Stack>
        </Box>
      )}
    </>
  );
}
