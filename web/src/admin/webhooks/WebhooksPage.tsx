import { Alert, Badge, MultiSelect, Stack, Switch, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { IconZone } from "../../ui/icons";
import { EntityForm } from "../catalog/EntityForm";
import { EntityPage } from "../catalog/EntityPage";
import {
  EVENTS,
  type Webhook,
  type WebhookFields,
  useWebhooks,
  webhookFields,
  webhookStore,
} from "../data/webhooks";
import { Deliveries } from "./Deliveries";
import { Rotation } from "./Rotation";
import { SecretDialog } from "./SecretDialog";

const NEW_WEBHOOK: WebhookFields = { url: "", description: "", events: [], isActive: true };

const nameOf = ({ url }: Webhook) => url;

/** Other systems that are told of events: where, of what, and whether they have heard. */
export default function WebhooksPage() {
  const { t } = useTranslation(["office", "admin"]);
  const formats = useFormats();
  const webhooks = useWebhooks();
  const [secretOf, setSecretOf] = useState<Webhook>();
  const store = useMemo(() => webhookStore(setSecretOf), []);
  return (
    <>
      <EntityPage
        page="webhooks"
        list={webhooks}
        ability="manage-webhooks"
        icon={IconZone}
        nameOf={nameOf}
        isActive={({ isActive }) => isActive !== false}
        columns={[
          { name: t("office:hooks.description"), cell: ({ description }) => description || "-" },
          {
            name: t("office:hooks.events"),
            cell: ({ events }) =>
              events == null || events.length === 0
                ? t("office:hooks.all")
                : formats.number(events.length),
          },
          {
            name: t("admin:board.state"),
            cell: ({ isActive }) => (
              <Badge tt="none" variant="light" size="lg" color={isActive ? "pine" : "gray"}>
                {t(isActive ? "office:hooks.active" : "admin:crud.off")}
              </Badge>
            ),
          },
        ]}
        form={(view, onDone) => (
          <Stack gap="xl">
            {view?.stoppedBecause == null ? null : (
              <Alert color="marigold" variant="light">
                {t("office:hooks.stopped", { reason: view.stoppedBecause })}
              </Alert>
            )}
            <EntityForm
              store={store}
              view={view}
              initial={view === undefined ? NEW_WEBHOOK : webhookFields(view)}
              name={view?.url ?? t("admin:add.webhooks")}
              onDone={onDone}
              fields={(form) => <Fields form={form} />}
            />
            {view === undefined ? null : (
              <>
                <Rotation webhook={view} onSecret={setSecretOf} />
                <Deliveries id={view.id} />
              </>
            )}
          </Stack>
        )}
      />
      {secretOf?.secret == null ? null : (
        <SecretDialog secret={secretOf.secret} onClose={() => setSecretOf(undefined)} />
      )}
    </>
  );
}

function Fields({ form }: { form: UseFormReturnType<WebhookFields> }) {
  const { t } = useTranslation("office");
  return (
    <Stack>
      <TextInput
        type="url"
        label={t("hooks.url")}
        description={t("hooks.urlText")}
        placeholder="https://example.org/hooks/daybook"
        required
        dir="ltr"
        {...form.getInputProps("url")}
      />
      <TextInput label={t("hooks.description")} {...form.getInputProps("description")} />
      <MultiSelect
        label={t("hooks.events")}
        description={t("hooks.eventsText")}
        data={[...EVENTS]}
        size="md"
        searchable
        {...form.getInputProps("events")}
      />
      <Switch
        size="md"
        label={t("hooks.active")}
        {...form.getInputProps("isActive", { type: "checkbox" })}
      />
    </Stack>
  );
}
