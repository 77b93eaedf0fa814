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
