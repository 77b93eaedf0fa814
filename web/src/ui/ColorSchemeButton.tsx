import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { IconMoon, IconSun } from "./icons";

/** Switches between light and dark; the settings offer "as the system" too. */
export function ColorSchemeButton() {
  const { t } = useTranslation("common");
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "light" ? "dark" : "light";

  return (
    <ActionIcon
      color="gray"
      aria-label={t(other === "dark" ? "shell.useDark" : "shell.useLight")}
      onClick={() => setColorScheme(other)}
    >
      {scheme === "light" ? <IconMoon size={20} /> : <IconSun size={20} />}
    </ActionIcon>
  );
}
