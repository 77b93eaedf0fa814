import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { IconBell } from "../../ui/icons";
import { EntityForm } from "../catalog/EntityForm";
import { EntityPage } from "../catalog/EntityPage";
import { useNames } from "../data/catalog";
import {
  type ReminderFields,
  type ReminderRule,
  reminderFields,
  reminderStore,
  useReminderRules,
} from "../data/effects";
import { RuleFields } from "./RuleFields";

const NEW_RULE: ReminderFields = {
  serviceId: null,
  minutesBefore: 1_440,
  daysBefore: null,
  at: null,
  quietHours: null,
  isActive: true,
};

/** When clients are reminded: so long before a visit, or the day before at a time. */
export default function RemindersPage() {
  const { t } = useTranslation(["office", "admin"]);
  const formats = useFormats();
  const rules = useReminderRules();
  const nameOf = useNames();
  const when = ({ minutesBefore, daysBefore, at }: ReminderRule) =>
    minutesBefore == null
      ? t("office:reminders.daysAt", { count: daysBefore ?? 0, at: at ?? "" })
      : t("office:reminders.before", { time: formats.duration(minutesBefore) });
  return (
    <EntityPage
      page="reminders"
      list={rules}
      ability="edit-catalog"
      icon={IconBell}
      nameOf={when}
      isActive={({ isActive }) => isActive !== false}
      columns={[
        {
          name: t("office:reminders.for"),
          cell: ({ serviceId }) =>
            serviceId == null ? t("office:reminders.everyService") : (nameOf(serviceId) ?? "-"),
        },
        {
          name: t("office:reminders.quiet"),
          cell: ({ quietHours }) =>
            quietHours == null ? (
              "-"
            ) : (
              <Badge tt="none" variant="light" color="gray" size="lg">
                {t("office:reminders.quietCell", { from: quietHours.from, to: quietHours.to })}
              </Badge>
            ),
        },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={reminderStore}
          view={view}
          initial={view === undefined ? NEW_RULE : { ...NEW_RULE, ...reminderFields(view) }}
          name={view === undefined ? t("admin:add.reminders") : when(view)}
          onDone={onDone}
          fields={(form) => <RuleFields form={form} />}
        />
      )}
    />
  );
}
