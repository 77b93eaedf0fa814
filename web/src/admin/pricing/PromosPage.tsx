import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { IconTag } from "../../ui/icons";
import { useOwnTimeZone } from "../../ui/preferences";
import classes from "../catalog/catalog.module.css";
import { EntityForm } from "../catalog/EntityForm";
import { EntityPage } from "../catalog/EntityPage";
import { EVERYWHERE, type Promo, type PromoFields, promoStore, usePromos } from "./data";
import { PromoForm } from "./PromoForm";
import { Trial } from "./Trial";
import { tryDraft } from "./trial";

const NEW_PROMO: PromoFields = {
  code: "",
  name: "",
  kind: "percent",
  percent: 10,
  amount: null,
  freeUnits: null,
  scope: EVERYWHERE,
  usableFrom: null,
  usableUntil: null,
  spendMin: null,
  isFirstBookingOnly: false,
  limitTotal: null,
  limitPerClient: null,
  isStackable: false,
  order: 0,
  state: "active",
};

function fieldsOf({ id: _id, rev: _rev, ...fields }: Promo): PromoFields {
  return { ...NEW_PROMO, percent: null, ...fields };
}

const nameOf = ({ code, name }: Promo) => `${code}: ${name}`;

/** Codes that make a visit cheaper. A used one is ended, never deleted. */
export default function PromosPage() {
  const { t } = useTranslation(["admin", "office"]);
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const promos = usePromos();
  const worth = ({ kind, percent, amount, freeUnits }: Promo) => {
    if (kind === "percent") return formats.percent((percent ?? 0) / 100);
    if (kind === "fixed") return amount == null ? "-" : formats.money(amount);
    return t("promo.nUnits", { count: freeUnits ?? 0 });
  };
  return (
    <EntityPage
      page="promos"
      list={promos}
      ability="edit-catalog"
      icon={IconTag}
      nameOf={nameOf}
      isActive={({ state }) => state !== "ended"}
      columns={[
        { name: t("promo.worth"), cell: worth },
        {
          name: t("promo.until"),
          cell: ({ usableUntil }) =>
            usableUntil == null ? "-" : formats.dateTime(usableUntil, zone),
        },
        {
          name: t("promo.limitTotal"),
          cell: ({ limitTotal }) => (limitTotal == null ? "-" : formats.number(limitTotal)),
        },
        {
          name: t("board.state"),
          cell: ({ state }) => (
            <Badge tt="none" variant="light" color={state === "ended" ? "gray" : "pine"}>
              {t(state === "ended" ? "promo.ended" : "promo.active")}
            </Badge>
          ),
        },
      ]}
      form={(view, onDone) => (
        <EntityForm
          store={promoStore}
          view={view}
          initial={view === undefined ? NEW_PROMO : fieldsOf(view)}
          name={view?.code ?? t("add.promos")}
          onDone={onDone}
          fields={(form) => (
            <>
              <PromoForm form={form} isNew={view === undefined} />
              <details>
                <summary className={classes.summary}>{t("office:trial.draft")}</summary>
                <Trial ask={(visit) => tryDraft(form.values, view?.id, visit)} />
              </details>
            </>
          )}
        />
      )}
    />
  );
}
