import { useTranslation } from "react-i18next";

import { AsOf } from "../settings/AsOf";
import { PageTitle } from "../ui/PageTitle";
import { Progress } from "./Progress";
import { EmergencyBanner, ServiceList } from "./ServiceList";
import { STEPS } from "./choice";
import { useServices } from "./useCatalogue";

/** `/book`: the first step, choosing a service. */
export function ServicesPage() {
  const { t } = useTranslation("booking");
  const query = useServices();
  const { data: services } = query;
  const hasEmergency = services?.some((service) => service.isEmergencyEligible) ?? false;
  return (
    <>
      <PageTitle lead={t("lead")}>{t("title")}</PageTitle>
      <Progress steps={STEPS} current="service" canGoTo={() => false} onGo={() => undefined} />
      {hasEmergency ? <EmergencyBanner /> : null}
      <AsOf query={query} />
      <ServiceList />
    </>
  );
}
