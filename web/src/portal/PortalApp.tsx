import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { ServicesPage } from "../booking/ServicesPage";
import { useMe, useSessionWatch } from "../session/session";
import { useSignOutGuard } from "../settings/useSignOutGuard";
import { AccountMenu } from "../ui/AccountMenu";
import { ErrorBoundary } from "../ui/ErrorBoundary";
import { NavLinks } from "../ui/NavLinks";
import { NotFound } from "../ui/NotFound";
import { PageSkeleton } from "../ui/PageSkeleton";
import { Shell } from "../ui/Shell";

const WizardPage = lazy(() => import("../booking/WizardPage"));
const EmergencyPage = lazy(() => import("../booking/EmergencyPage"));
const Background = lazy(() => import("./Background"));
const BookingsPage = lazy(() => import("./BookingsPage"));
const BookingPage = lazy(() => import("./BookingPage"));
const PaidPage = lazy(() => import("./PaidPage"));
const DeviceBanner = lazy(() => import("../settings/DeviceBanner"));
const SignInPage = lazy(() => import("./SignInPage"));
const SettingsPage = lazy(() => import("../settings/SettingsPage"));

const SIGN_IN = "/signin";

function Pages() {
  const { t } = useTranslation("common");
  const { data: me } = useMe();
  const guard = useSignOutGuard();
  useSessionWatch();

  const navigation = (
    <NavLinks
      label={t("shell.main")}
      items={[
        { to: "/book", label: t("nav.book") },
        { to: "/portal/bookings", label: t("nav.bookings") },
        { to: "/portal/settings", label: t("nav.settings") },
      ]}
    />
  );
  return (
    <Shell
      home="/book"
      navigation={navigation}
      account={<AccountMenu me={me} signIn={SIGN_IN} confirm={guard.confirm} />}
      banner={
        <Suspense fallback={null}>
          <DeviceBanner />
        </Suspense>
      }
    >
      <Suspense fallback={null}>
        <Background me={me} />
      </Suspense>
      {guard.dialog}
      <ErrorBoundary>
        <Suspense fallback={<PageSkeleton />}>
          <Routes>
            <Route path="/" element={<Navigate to="/book" replace />} />
            <Route path="/book" element={<ServicesPage />} />
            <Route path="/book/:service" element={<WizardPage />} />
            <Route path="/emergency" element={<EmergencyPage />} />
            <Route path={SIGN_IN} element={<SignInPage />} />
            <Route path="/portal" element={<Navigate to="/portal/bookings" replace />} />
            <Route path="/portal/bookings" element={<BookingsPage />} />
            <Route path="/portal/bookings/:id" element={<BookingPage />} />
            <Route path="/booking/:id/paid" element={<PaidPage />} />
            <Route path="/portal/settings/*" element={<SettingsPage />} />
            <Route path="*" element={<NotFound home="/book" />} />
          </Routes>
        </Suspense>
      </ErrorBoundary>
    </Shell>
  );
}

/** The portal: what clients see. */
export function PortalApp() {
  return (
    // What is chosen lives in the address: a radio button must not wait for a transition.
    <BrowserRouter useTransitions={false}>
      <Pages />
    </BrowserRouter>
  );
}
