import {
  Input,
  type MantineColorScheme,
  NativeSelect,
  SegmentedControl,
  Select,
  SimpleGrid,
  useMantineColorScheme,
} from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { LANGUAGES, LANGUAGE_NAMES, isLanguage } from "../i18n/languages";
import { setPreferences, usePreferences } from "../ui/preferences";
import { Section } from "./Section";

/** Options shown at once while somebody searches: more is not looked at. */
const ZONES_SHOWN_MAX = 100;

const SCHEMES: readonly MantineColorScheme[] = ["auto", "light", "dark"];

/** Language, zone and colours. */
export function LookSection() {
  const { t, i18n } = useTranslation("settings");
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  return (
    <Section id="look" title={t("look.title")}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <NativeSelect
          label={t("look.language")}
          value={isLanguage(i18n.language) ? i18n.language : "en"}
          onChange={(event) => setPreferences({ language: event.currentTarget.value })}
          data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        />
        <ZoneSelect />
      </SimpleGrid>
      <Input.Wrapper label={t("look.theme")} labelElement="div" labelProps={{ id: "theme-label" }}>
        <div>
          <SegmentedControl
            aria-labelledby="theme-label"
            size="md"
            value={colorScheme}
            onChange={(value) => setColorScheme(value as MantineColorScheme)}
            data={SCHEMES.map((value) => ({ value, label: t(`look.${value}`) }))}
            styles={{ label: { minBlockSize: 44, display: "grid", placeItems: "center" } }}
          />
        </div>
      </Input.Wrapper>
    </Section>
  );
}

/** Every zone that this browser knows, with the device's own first. */
function ZoneSelect() {
  const { t } = useTranslation("settings");
  const { timeZone } = usePreferences();
  const device = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = useMemo(() => {
    const known = Intl.supportedValuesOf("timeZone");
    return [...new Set([...known, "UTC"])].map((value) => ({
      value,
      label: value.replaceAll("_", " "),
    }));
  }, []);

  return (
    <Select
      label={t("look.zone")}
      description={t("look.zoneHint")}
      inputWrapperOrder={["label", "input", "description", "error"]}
      searchable
      allowDeselect={false}
      limit={ZONES_SHOWN_MAX}
      nothingFoundMessage={t("look.zoneNone")}
      value={timeZone ?? ""}
      onChange={(value) =>
        setPreferences({ timeZone: value === "" ? undefined : (value ?? undefined) })
      }
      data={[{ value: "", label: t("look.zoneDevice", { zone: device }) }, ...zones]}
    />
  );
}
