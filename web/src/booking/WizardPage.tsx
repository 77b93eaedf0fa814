import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import { NotFound } from "../ui/NotFound";
import { PageSkeleton } from "../ui/PageSkeleton";
import { PageTitle } from "../ui/PageTitle";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Wizard } from "./Wizard";
import { useServices } from "./useCatalogue";

/** `/book/:service`: the steps after that. */
export default function WizardPage() {
  const { service: slug } = useParams();
  const navigate = useNavigate();
  const { data: services, error, isPending, refetch } = useServices();
  // Words that a later step needs come with the first one: fetching them then would put the whole
  // page away for a moment, and the focus with it.
  useTranslation(["booking", "common", "problems"]);
  const service = services?.find((one) => one.slug === slug);

  if (isPending) return <PageSkeleton />;
  if (services === undefined) return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  if (service === undefined) return <NotFound home="/book" />;
  return (
    <>
      <PageTitle>{service.name}</PageTitle>
      <Wizard key={service.id} service={service} onLeave={() => void navigate("/book")} />
    </>
  );
}
