import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useConnection } from "../../realtime";
import classes from "./shell.module.css";

/** Whether what is on the screen is live. Never by colour alone: the word is there. */
export function ConnectionBadge() {
  const { t } = useTranslation("admin");
  const { state, reconnects } = useConnection();
  return (
    <Group
      gap={8}
      wrap="nowrap"
      role="status"
      title={t("live.tooltip", { count: reconnects })}
      className={classes.live}
      data-state={state}
    >
      <span className={classes.dot} aria-hidden />
      <Text size="sm" span>
        {t(`live.${state}`)}
      </Text>
    </Group>
  );
}
