import {
  Group,
  type MantineColorScheme,
  NativeSelect,
  Radio,
  Select,
  SimpleGrid,
  useMantineColorScheme,
} from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { LANGUAGES, LANGUAGE_NAMES, isLanguage } from "../i18n/languages";
import { setPreferences, usePreferences } from "../ui/preferences";
import { Section } from "./Section";
import classes from "./Section.module.css";

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
      <Radio.Group
        label={t("look.theme")}
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
      >
        <Group gap="lg">
          {SCHEMES.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`look.${value}`)}
              size="md"
              className={classes.choice}
            />
          ))}
        </Group>
      </Radio.Group>
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
