import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api";
import { useFormats } from "../../i18n/useFormats";
import { IconTag } from "../../ui/icons";
import { type Service, useServices } from "../data/catalog";
import { EntityForm } from "./EntityForm";
import { EntityPage } from "./EntityPage";
import { ServiceFields } from "./ServiceFields";
import { serviceStore } from "./stores";

type Fields = Schemas["ServiceFields"];

const NEW_SERVICE: Fields = {
  slug: "",
  name: "",
  description: "",
  durationMinutes: 60,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 15,
  units: 1,
  slotIntervalMinutes: 30,
  noticeMinutesMin: 1_440,
  horizonDaysMax: 90,
  price: { amount: 0, currency: "EUR" },
  priceBasis: { kind: "visit" },
  tax: null,
  dailyUnitsMax: null,
  bookableBy: "public",
  isEmergencyEligible: false,
  isRecurrenceAllowed: false,
  isApprovalRequired: false,
  changeNoticeMinutesMin: 0,
  freeCancelMinutesMin: 0,
  cancelFeeAmount: 0,
  needs: [],
  isActive: true,
  teamIds: [],
  memberIds: [],
};

/** A service without what only the server may say: its id and revision. */
function fieldsOf({ id: _id, rev: _rev, ...fields }: Service): Fields {
  return { ...NEW_SERVICE, ...fields };
}

const nameOf = ({ name }: Service) => name;

/** What can be booked, and under which terms. */
export default function ServicesPage() {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const services = useServices();
  return (
    <EntityPage
      page="services"
      list={services}
      ability="edit-catalog"
      icon={IconTag}
      nameOf={nameOf}
      isActive={({ isActive }) => isActive !== false}
      columns={[
        {
          name: t("service.duration"),
          cell: ({ durationMinutes }) => formats.duration(durationMinutes),
        },
        {
          name: t("service.price"), // Where the price follows from units or tiers there is no one amount.
          cell: ({ price: { amount, currency } }) =>
            amount == null ? currency : formats.money({ amount, currency }),
        },
        {
          name: t("service.bookableBy"),
          cell: ({ bookableBy }) => t(`audience.${bookableBy ?? "public"}`),
        },
        {
          name: t("page.teams"),
          cell: ({ teamIds }) => formats.number(teamIds?.length ?? 0),
        },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={serviceStore}
          view={view}
          initial={view === undefined ? NEW_SERVICE : fieldsOf(view)}
          name={view?.name ?? t("add.services")}
          onDone={onDone}
          fields={(form) => <ServiceFields form={form} />}
        />
      )}
    />
  );
}
