import { Stack } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";

import { PageTitle } from "../ui/PageTitle";
import { DeviceSection } from "./DeviceSection";
import { LiveSection } from "./LiveSection";
import { LookSection } from "./LookSection";
import { QueueSection } from "./QueueSection";

/** How things are shown on this device, what waits on it, and whether it hears of news. */
export default function SettingsPage() {
  const { t } = useTranslation("settings");
  const { hash } = useLocation();

  // A link may lead to one of the sections: the router leaves going there to us.
  useEffect(() => {
    const section = hash === "" ? null : document.getElementById(hash.slice(1));
    section?.scrollIntoView();
  }, [hash]);

  return (
    <>
      <PageTitle lead={t("lead")}>{t("title")}</PageTitle>
      <Stack gap="lg">
        <LookSection />
        <DeviceSection />
        <QueueSection />
        <LiveSection />
      </Stack>
    </>
  );
}
