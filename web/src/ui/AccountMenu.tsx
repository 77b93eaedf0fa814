import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { type Me, useLogout } from "../session/session";
import { IconLogin, IconLogout } from "./icons";

interface Props {
  me: Me | null | undefined;
  /** The page to sign in on, which leads back here. */
  signIn: string;
  /** Asked before the session ends; `false` keeps it. */
  confirm?: () => Promise<boolean>;
}

/** Who is signed in, and the way in or out. */
export function AccountMenu({ me, signIn, confirm }: Props) {
  const { t } = useTranslation("common");
  const { pathname, search } = useLocation();
  const logout = useLogout();

  if (me === undefined) return null;
  if (me === null) {
    const back = pathname === signIn ? "" : `?next=${encodeURIComponent(pathname + search)}`;
    return (
      <Button
        component={Link}
        to={`${signIn}${back}`}
        variant="subtle"
        leftSection={<IconLogin size={18} className="flip" />}
      >
        {t("shell.signIn")}
      </Button>
    );
  }
  const leave = async () => {
    if (confirm === undefined || (await confirm())) logout.mutate();
  };
  return (
    <Group gap={4} wrap="nowrap">
      <Text size="sm" visibleFrom="sm">
        {me.name}
      </Text>
      <Button
        variant="subtle"
        color="gray"
        loading={logout.isPending}
        onClick={() => void leave()}
        leftSection={<IconLogout size={18} className="flip" />}
      >
        {t("shell.signOut")}
      </Button>
    </Group>
  );
}
