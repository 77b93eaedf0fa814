import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { EmptyState } from "./EmptyState";
import { PageTitle } from "./PageTitle";
import { IconSearch } from "./icons";

/** An address that leads nowhere. */
export function NotFound({ home }: { home: string }) {
  const { t } = useTranslation("common");
  return (
    <>
      <PageTitle>{t("notFound.title")}</PageTitle>
      <EmptyState icon={IconSearch} title={t("notFound.heading")} text={t("notFound.text")}>
        <Button component={Link} to={home}>
          {t("notFound.home")}
        </Button>
      </EmptyState>
    </>
  );
}
