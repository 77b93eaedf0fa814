import { NativeSelect, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { LANGUAGES, LANGUAGE_NAMES, isLanguage } from "../i18n/languages";
import { PageTitle } from "../ui/PageTitle";
import { setPreferences } from "../ui/preferences";

/** How things are shown on this device. */
export default function SettingsPage() {
  const { t, i18n } = useTranslation("settings");

  return (
    <>
      <PageTitle>{t("title")}</PageTitle>
      <Stack className="surface" p="lg">
        <NativeSelect
          label={t("language")}
          value={isLanguage(i18n.language) ? i18n.language : "en"}
          onChange={(event) => setPreferences({ language: event.currentTarget.value })}
          data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        />
      </Stack>
    </>
  );
}
