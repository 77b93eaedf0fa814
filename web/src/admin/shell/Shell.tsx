import { ActionIcon, AppShell, Burger, Group, ScrollArea } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation, useNavigate } from "react-router";

import { PageSkeleton } from "../../ui/PageSkeleton";
import { IconSearch } from "../../ui/icons";
import { IconKeyboard } from "../lib/icons";
import { useRequestInvalidation } from "../live/invalidation";
import { useAccount } from "./Account";
import { ConnectionBadge } from "./ConnectionBadge";
import { Navigation } from "./Navigation";
import { type KeyTable, useKeys, useKeysOn } from "./keys";
import { pagesFor } from "./pages";
import classes from "./shell.module.css";

const AccountMenu = lazy(() => import("./AccountMenu"));
const HelpDialog = lazy(() => import("./HelpDialog"));
const Palette = lazy(() => import("./Palette"));

/** Puts the cursor into the page's search box; other pages lead to the table that has one. */
function focusSearch(navigate: (path: string) => void): void {
  const box = document.querySelector<HTMLInputElement>("[data-search]");
  if (box === null) navigate("/requests?focus=search");
  else box.focus();
}

/** The frame of every page: navigation, what is live, and the keys that work everywhere. */
export function Shell() {
  const { t } = useTranslation("admin");
  const { role } = useAccount();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [isNavOpen, nav] = useDisclosure(false);
  const [isHelpOpen, help] = useDisclosure(false);
  const [isPaletteThere, setPaletteThere] = useState(false);
  const keysOn = useKeysOn();
  const openPalette = () => {
    if (isPaletteThere) void import("@mantine/spotlight").then(({ spotlight }) => spotlight.open());
    setPaletteThere(true);
  };
  useHotkeys(keysOn && !isPaletteThere ? [["mod+K", openPalette]] : [], [], true);

  const { close } = nav;
  useEffect(close, [pathname, close]);

  useRequestInvalidation();
  const keys = useMemo<KeyTable>(
    () => ({ "/": () => focusSearch((path) => void navigate(path)), "?": help.open }),
    [navigate, help.open],
  );
  useKeys(keys);

  return (
    <AppShell
      header={{ height: 64 }}
      navbar={{ width: 248, breakpoint: "md", collapsed: { mobile: !isNavOpen } }}
      padding={{ base: "md", md: "xl" }}
    >
      <a className="skip-link" href="#main">
        {t("shell.skip")}
      </a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isNavOpen}
              onClick={nav.toggle}
              hiddenFrom="md"
              aria-label={t("shell.menu")}
              aria-expanded={isNavOpen}
            />
            <Link to="/" className={classes.brand}>
              Daybook
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <div className={classes.wide}>
              <ConnectionBadge />
            </div>
            <ActionIcon
              title={t("palette.open")}
              aria-label={t("palette.open")}
              onClick={openPalette}
            >
              <IconSearch />
            </ActionIcon>
            <ActionIcon
              title={t("help.title")}
              aria-label={t("help.title")}
              onClick={help.open}
              visibleFrom="xs"
            >
              <IconKeyboard />
            </ActionIcon>
            <Suspense fallback={<span style={{ inlineSize: 44 }} />}>
              <AccountMenu onHelp={help.open} />
            </Suspense>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label={t("shell.navigation")}>
        <AppShell.Section grow component={ScrollArea} p="sm">
          <Navigation pages={pagesFor(role)} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
      <Suspense>
        {isHelpOpen ? <HelpDialog isOpen onClose={help.close} /> : null}
        {isPaletteThere ? <Palette /> : null}
      </Suspense>
    </AppShell>
  );
}
