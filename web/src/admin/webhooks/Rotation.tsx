import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconRefresh } from "../../ui/icons";
import { useOwnTimeZone } from "../../ui/preferences";
import { useCatalogChange } from "../catalog/entity";
import { type Webhook, rotateSecret } from "../data/webhooks";

interface Props {
  webhook: Webhook;
  onSecret: (rotated: Webhook) => void;
}

/** Another secret for an endpoint; the one before signs for a day more. */
export function Rotation({ webhook, onSecret }: Props) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const rotate = useCatalogChange(rotateSecret);
  const until = webhook.formerSecretUntil;
  return (
    <Stack gap="xs">
      {rotate.isError ? <ProblemAlert error={rotate.error} isFocused /> : null}
      <Group>
        <Button
          variant="default"
          leftSection={<IconRefresh size={18} />}
          loading={rotate.isPending}
          onClick={() => rotate.mutate(webhook, { onSuccess: onSecret })}
        >
          {t("hooks.rotate")}
        </Button>
        <Text size="sm" c="dimmed">
          {until == null
            ? t("hooks.rotateText")
            : t("hooks.former", { until: formats.dateTime(until, zone) })}
        </Text>
      </Group>
    </Stack>
  );
}
