import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { IconCheck, IconDownload, IconInfo } from "../ui/icons";
import { Fact, Facts, Section } from "./Section";
import classes from "./Section.module.css";
import { askToInstall, useInstall } from "./install";
import { sizeOf, useStorage } from "./useStorage";
import { useWorker } from "./worker";

/** Whether the portal opens without a network, what it takes up, and installing it. */
export function DeviceSection() {
  const { t } = useTranslation("settings");
  const worker = useWorker();
  const words = !worker.isSupported ? "unsupported" : worker.isReady ? "ready" : "preparing";

  return (
    <Section id="device" title={t("device.title")}>
      <Facts>
        <Fact name={t("device.offline")}>
          <Group gap={6} wrap="nowrap" align="flex-start">
            {words === "ready" ? (
              <IconCheck size={20} aria-hidden className={classes.sign} />
            ) : (
              <IconInfo size={20} aria-hidden className={classes.sign} />
            )}
            <span>{t(`device.${words}`)}</span>
          </Group>
        </Fact>
        <Fact name={t("device.storage")}>
          <StorageFact />
        </Fact>
        <Fact name={t("device.install")}>
          <InstallFact />
        </Fact>
        <Fact name={t("device.version")}>
          <span className={classes.code}>{__BUILD_ID__}</span>
        </Fact>
      </Facts>
    </Section>
  );
}

function StorageFact() {
  const { t } = useTranslation("settings");
  const formats = useFormats();
  const storage = useStorage();
  if (storage === undefined) return null;
  const { usedBytes, quotaBytes, isPersisted } = storage;
  if (usedBytes === null || quotaBytes === null) return <>{t("device.storageUnknown")}</>;
  const size = (bytes: number) => {
    const { value, unit } = sizeOf(bytes);
    return formats.number(value, { style: "unit", unit, maximumFractionDigits: 1 });
  };
  return (
    <Stack gap={2}>
      <span>{t("device.storageOf", { used: size(usedBytes), quota: size(quotaBytes) })}</span>
      <Text size="sm" c="dimmed">
        {t(isPersisted ? "device.persisted" : "device.notPersisted")}
      </Text>
    </Stack>
  );
}

function InstallFact() {
  const { t } = useTranslation("settings");
  const { canAsk, isInstalled } = useInstall();
  if (isInstalled) return <>{t("device.installed")}</>;
  return (
    <Stack gap="xs" align="flex-start">
      <span>{t(canAsk ? "device.installText" : "device.installByHand")}</span>
      {canAsk ? (
        <Button
          variant="light"
          leftSection={<IconDownload size={18} />}
          onClick={() => void askToInstall()}
        >
          {t("device.installNow")}
        </Button>
      ) : null}
    </Stack>
  );
}
