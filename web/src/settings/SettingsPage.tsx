import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { PageTitle } from "../ui/PageTitle";
import { DeviceSection } from "./DeviceSection";
import { LiveSection } from "./LiveSection";
import { LookSection } from "./LookSection";
import { QueueSection } from "./QueueSection";

/** How things are shown on this device, what waits on it, and whether it hears of news. */
export default function SettingsPage() {
  const { t } = useTranslation("settings");

  return (
    <>
      <PageTitle lead={t("lead")}>{t("title")}</PageTitle>
      <Stack gap="lg">
        <QueueSection />
        <LookSection />
        <DeviceSection />
        <LiveSection />
      </Stack>
    </>
  );
}
