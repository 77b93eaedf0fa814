import { ActionIcon, Menu, Text, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { LANGUAGES, LANGUAGE_NAMES } from "../../i18n/languages";
import { useLogout } from "../../session/session";
import { IconCheck, IconLogout, IconMoon, IconSun, IconUser } from "../../ui/icons";
import { setPreferences } from "../../ui/preferences";
import { IconKeyboard } from "../lib/icons";
import { useAccount } from "./Account";
import { setKeysOn, useKeysOn } from "./keys";

const SCHEMES = ["auto", "light", "dark"] as const;

/** Who is signed in, and how the admin looks and listens on this device. */
export default function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { t, i18n } = useTranslation("admin");
  const { me, role } = useAccount();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const logout = useLogout();
  const keysOn = useKeysOn();
  const mark = (isChosen: boolean) => (isChosen ? <IconCheck size={18} /> : null);

  return (
    <Menu
      position="bottom-end"
      width={260}
      shadow="md"
      // Inside the header, it is part of a landmark; its menu has items alone.
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <ActionIcon aria-label={t("account.menu", { name: me.name })}>
          <IconUser />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fw={600} c="var(--mantine-color-text)">
            {me.name}
          </Text>
          <Text size="sm">{t(`role.${role}`)}</Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("account.appearance")}</Menu.Label>
        {SCHEMES.map((scheme) => (
          <Menu.Item
            key={scheme}
            leftSection={scheme === "dark" ? <IconMoon size={18} /> : <IconSun size={18} />}
            rightSection={mark(scheme === colorScheme)}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`account.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("account.language")}</Menu.Label>
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            rightSection={mark(language === i18n.language)}
            onClick={() => setPreferences({ language })}
          >
            {LANGUAGE_NAMES[language]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconKeyboard size={18} />}
          rightSection={mark(keysOn)}
          closeMenuOnClick={false}
          onClick={() => setKeysOn(!keysOn)}
        >
          {t(keysOn ? "account.keysOn" : "account.keysOff")}
        </Menu.Item>
        <Menu.Item onClick={onHelp}>{t("help.title")}</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={() => logout.mutate()}>
          {t("account.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
