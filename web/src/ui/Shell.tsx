import { Box, Container, Group, NativeSelect, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { LANGUAGES, LANGUAGE_NAMES, isLanguage } from "../i18n/languages";
import { ColorSchemeButton } from "./ColorSchemeButton";
import { Logo } from "./Logo";
import classes from "./Shell.module.css";
import { setPreferences } from "./preferences";

interface Props {
  /** Where the logo leads. */
  home: string;
  /** Beside the logo: the application's pages. */
  navigation: ReactNode;
  /** At the end of the header: who is signed in. */
  account: ReactNode;
  /** Between header and page: what concerns every page, such as a lost connection. */
  banner?: ReactNode;
  /** How wide the page may become. */
  size?: "md" | "lg" | "xl" | "100%";
  children: ReactNode;
}

/** Header, page, footer, with one way past the header for the keyboard. */
export function Shell({ home, navigation, account, banner, size = "lg", children }: Props) {
  const { t, i18n } = useTranslation("common");

  return (
    <div className={classes.shell}>
      <a className="skip-link" href="#main">
        {t("shell.skip")}
      </a>
      <header className={classes.header}>
        <Container size={size} className={classes.bar}>
          <Logo home={home} />
          {navigation}
          <Group gap={4} className={classes.end} wrap="nowrap">
            <ColorSchemeButton />
            {account}
          </Group>
        </Container>
      </header>
      {banner}
      <Box component="main" id="main" tabIndex={-1} className={classes.main}>
        <Container size={size}>{children}</Container>
      </Box>
      <footer className={classes.footer}>
        <Container size={size}>
          <Group justify="space-between" gap="md">
            <Text size="sm" c="dimmed">
              {t("shell.footer")}
            </Text>
            <Group gap="md">
              <a href="/api/docs" className={classes.footerLink}>
                {t("shell.api")}
              </a>
              <NativeSelect
                aria-label={t("shell.language")}
                value={isLanguage(i18n.language) ? i18n.language : "en"}
                onChange={(event) => setPreferences({ language: event.currentTarget.value })}
                data={LANGUAGES.map((value) => ({
                  value,
                  label: LANGUAGE_NAMES[value],
                }))}
              />
            </Group>
          </Group>
        </Container>
      </footer>
    </div>
  );
}
