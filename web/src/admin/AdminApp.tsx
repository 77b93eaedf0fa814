import { Box, Stack, Text } from "@mantine/core";
import { type ComponentType, lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Route, Routes } from "react-router";

import { SignInForm } from "../session/SignInForm";
import { isStaff, useMe, useSessionWatch } from "../session/session";
import { EmptyState } from "../ui/EmptyState";
import { NotFound } from "../ui/NotFound";
import { PageSkeleton } from "../ui/PageSkeleton";
import { PageTitle } from "../ui/PageTitle";
import { ProblemAlert } from "../ui/ProblemAlert";
import { SignOutButton } from "./shell/SignOutButton";
import { IconLock } from "./lib/icons";
import { staffRole } from "./lib/roles";
import { useRealtime } from "./live/hooks";
import { AccountContext } from "./shell/Account";
import { Shell } from "./shell/Shell";
import { UndoBar } from "./shell/UndoBar";
import { pagesFor, type PageKey } from "./shell/pages";

const PAGE: Record<PageKey, ComponentType> = {
  today: lazy(() => import("./today/TodayPage")),
  board: lazy(() => import("./board/BoardPage")),
  requests: lazy(() => import("./requests/RequestsPage")),
  capacity: lazy(() => import("./capacity/CapacityPage")),
  hours: lazy(() => import("./hours/HoursPage")),
  figures: lazy(() => import("./figures/FiguresPage")),
  services: lazy(() => import("./catalog/ServicesPage")),
  teams: lazy(() => import("./catalog/TeamsPage")),
  members: lazy(() => import("./catalog/MembersPage")),
  resources: lazy(() => import("./catalog/ResourcesPage")),
  promos: lazy(() => import("./pricing/PromosPage")),
  surcharges: lazy(() => import("./pricing/SurchargesPage")),
  rates: lazy(() => import("./pricing/RatesPage")),
  rounding: lazy(() => import("./pricing/RoundingPage")),
  simulator: lazy(() => import("./pricing/SimulatorPage")),
  reminders: lazy(() => import("./reminders/RemindersPage")),
  feeds: lazy(() => import("./feeds/FeedsPage")),
  webhooks: lazy(() => import("./webhooks/WebhooksPage")),
  schedule: lazy(() => import("./schedule/SchedulePage")),
  reconciliation: lazy(() => import("./reconciliation/ReconciliationPage")),
  letters: lazy(() => import("./letters/LettersPage")),
  users: lazy(() => import("./catalog/UsersPage")),
  audit: lazy(() => import("./audit/AuditPage")),
  system: lazy(() => import("./system/SystemPage")),
};
const RequestPage = lazy(() => import("./requests/RequestPage"));

/** The way in. The session is a cookie; the page knows nothing of passwords afterwards. */
function SignIn() {
  const { t } = useTranslation(["admin", "common"]);
  return (
    <Box component="main" maw={480} mx="auto" p="md" pt={{ base: "xl", sm: 96 }}>
      <PageTitle lead={t("admin:signInLead")}>{t("common:signIn.title")}</PageTitle>
      <Box className="surface" p="lg">
        <SignInForm onDone={() => undefined} />
      </Box>
    </Box>
  );
}

/** A client has signed in here: nothing is broken, it is the wrong door. */
function WrongDoor({ name }: { name: string }) {
  const { t } = useTranslation("admin");
  return (
    <Box component="main" maw={640} mx="auto" p="md" pt={96}>
      <EmptyState icon={IconLock} title={t("wrongDoor.title")} text={t("wrongDoor.text", { name })}>
        <Stack align="center">
          <SignOutButton />
          <Text component="a" href="/">
            {t("wrongDoor.portal")}
          </Text>
        </Stack>
      </EmptyState>
    </Box>
  );
}

function Pages() {
  const me = useMe();
  useSessionWatch();
  useRealtime(me.data?.id ?? null, isStaff(me.data));
  const role = staffRole(me.data?.role ?? "");
  const account = useMemo(
    () => (me.data && role ? { me: me.data, role } : undefined),
    [me.data, role],
  );

  if (me.isError) {
    return (
      <Box component="main" maw={640} mx="auto" p="md" pt={96}>
        <ProblemAlert error={me.error} onRetry={() => void me.refetch()} />
      </Box>
    );
  }
  if (me.isPending) return <PageSkeleton />;
  if (me.data === null) return <SignIn />;
  if (account === undefined) return <WrongDoor name={me.data.name} />;
  return (
    <AccountContext value={account}>
      <Routes>
        <Route element={<Shell />}>
          {pagesFor(account.role).map(({ key, path }) => {
            const Page = PAGE[key];
            return <Route key={key} path={path} element={<Page />} />;
          })}
          <Route path="/requests/:id" element={<RequestPage />} />
          <Route path="*" element={<NotFound home="/" />} />
        </Route>
      </Routes>
      <UndoBar />
    </AccountContext>
  );
}

/** The desk: what staff see. */
export function AdminApp() {
  return (
    <BrowserRouter basename="/admin">
      <Suspense fallback={<PageSkeleton />}>
        <Pages />
      </Suspense>
    </BrowserRouter>
  );
}
