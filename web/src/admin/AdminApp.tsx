import { Box, Text } from "@mantine/core";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Route, Routes } from "react-router";

import { SignInForm } from "../session/SignInForm";
import { isStaff, useMe, useSessionWatch } from "../session/session";
import { AccountMenu } from "../ui/AccountMenu";
import { ErrorBoundary } from "../ui/ErrorBoundary";
import { NavLinks } from "../ui/NavLinks";
import { NotFound } from "../ui/NotFound";
import { PageSkeleton } from "../ui/PageSkeleton";
import { PageTitle } from "../ui/PageTitle";
import { Shell } from "../ui/Shell";

function Welcome() {
  const { t } = useTranslation("admin");
  const { data: me } = useMe();
  return (
    <>
      <PageTitle>{t("title")}</PageTitle>
      <Text>{t("welcome", { name: me?.name ?? "" })}</Text>
    </>
  );
}

function Pages() {
  const { t } = useTranslation(["admin", "common"]);
  const { data: me, isPending } = useMe();
  useSessionWatch();

  const navigation = (
    <NavLinks label={t("common:shell.main")} items={[{ to: "/admin", label: t("admin:title") }]} />
  );
  const page = () => {
    if (isPending) return <PageSkeleton />;
    if (!isStaff(me)) {
      return (
        <Box maw={480} mx="auto">
          <PageTitle lead={t("admin:signInLead")}>{t("common:signIn.title")}</PageTitle>
          <Box className="surface" p="lg">
            <SignInForm onDone={() => undefined} />
          </Box>
        </Box>
      );
    }
    return (
      <Routes>
        <Route path="/admin" element={<Welcome />} />
        <Route path="*" element={<NotFound home="/admin" />} />
      </Routes>
    );
  };
  return (
    <Shell
      home="/admin"
      navigation={navigation}
      account={<AccountMenu me={me} signIn="/admin" />}
      size="xl"
    >
      <ErrorBoundary>
        <Suspense fallback={<PageSkeleton />}>{page()}</Suspense>
      </ErrorBoundary>
    </Shell>
  );
}

/** The desk: what staff see. */
export function AdminApp() {
  return (
    <BrowserRouter>
      <Pages />
    </BrowserRouter>
  );
}
