import { Anchor, Button, Container, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { countsOf, useOutbox } from "../offline";
import { IconAlert, IconCloudOff, IconDownload, IconHourglass } from "../ui/icons";
import { useOnline } from "../ui/useOnline";
import classes from "./DeviceBanner.module.css";
import { reloadIntoUpdate, useWorker } from "./worker";

const QUEUE = "/portal/settings#queue";

/** Where people are in the middle of something that a reload would interrupt. */
const BUSY = /^\/(?:book\/.+|emergency|portal\/bookings\/.+)$/;

/** What concerns every page: a lost connection, what waits on this device, a new version. */
export default function DeviceBanner() {
  const { t, ready } = useTranslation("settings", { useSuspense: false });
  const { pathname } = useLocation();
  const isOnline = useOnline();
  const { hasUpdate } = useWorker();
  const { entries, isFull } = useOutbox();
  const { waiting, needsYou } = countsOf(entries);
  const isQueueShown = pathname.startsWith("/portal/settings");
  const canUpdate = hasUpdate && !BUSY.test(pathname);
  const look = (
    <Anchor component={Link} to={QUEUE} className={classes.link}>
      {t("banner.look")}
    </Anchor>
  );

  return (
    <div role="status" className={classes.banner}>
      {!ready ? null : (
        <>
          {isOnline ? null : <Line icon={<IconCloudOff size={20} />}>{t("banner.offline")}</Line>}
          {!isFull || isQueueShown ? null : (
            <Line icon={<IconAlert size={20} />} end={look}>
              {t("queue.fullTitle")}
            </Line>
          )}
          {waiting === 0 || isQueueShown ? null : (
            <Line icon={<IconHourglass size={20} />} end={look}>
              {t("banner.waiting", { count: waiting })}
            </Line>
          )}
          {needsYou === 0 || isQueueShown ? null : (
            <Line icon={<IconAlert size={20} />} end={look}>
              {t("banner.needsYou", { count: needsYou })}
            </Line>
          )}
          {canUpdate ? (
            <Line
              icon={<IconDownload size={20} />}
              end={
                <Button variant="subtle" onClick={reloadIntoUpdate}>
                  {t("banner.reload")}
                </Button>
              }
            >
              {t("banner.update")}
            </Line>
          ) : null}
        </>
      )}
    </div>
  );
}

function Line({ icon, end, children }: { icon: ReactNode; end?: ReactNode; children: string }) {
  return (
    <div className={classes.line}>
      <Container size="lg">
        <Group gap="sm" wrap="nowrap" className={classes.row}>
          <span className={classes.icon} aria-hidden>
            {icon}
          </span>
          <Text className={classes.text}>{children}</Text>
          {end}
        </Group>
      </Container>
    </div>
  );
}
