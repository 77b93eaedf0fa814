import { Button, Group, SimpleGrid, Skeleton, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../i18n/useFormats";
import { EmptyState } from "../ui/EmptyState";
import { ProblemAlert } from "../ui/ProblemAlert";
import { IconCalendarOff, IconClock, IconPhone, IconRepeat } from "../ui/icons";
import classes from "./ServiceList.module.css";
import { type Service, useServices } from "./useCatalogue";

function ServiceCard({ service }: { service: Service }) {
  const { t } = useTranslation("booking");
  const formats = useFormats();
  return (
    <Link to={`/book/${service.slug}`} className={classes.card}>
      <Title order={2} size="h3">
        {service.name}
      </Title>
      <Text className={classes.text}>{service.description}</Text>
      <span className={classes.facts}>
        <span className={classes.price}>
          {t("services.from", { price: formats.money(service.price) })}
        </span>
        <span className={classes.fact}>
          <IconClock size={16} aria-hidden /> {formats.duration(service.durationMinutes)}
        </span>
        {service.isRecurrenceAllowed ? (
          <span className={classes.fact}>
            <IconRepeat size={16} aria-hidden /> {t("services.repeatable")}
          </span>
        ) : null}
      </span>
    </Link>
  );
}

/** The way for those who cannot wait. */
export function EmergencyBanner() {
  const { t } = useTranslation("booking");
  return (
    <Group className={classes.emergency} justify="space-between" gap="md">
      <div>
        <Text fw={600}>{t("emergency.banner")}</Text>
        <Text size="sm">{t("emergency.bannerText")}</Text>
      </div>
      <Button
        component={Link}
        to="/emergency"
        variant="filled"
        color="marigold.7"
        leftSection={<IconPhone size={18} />}
      >
        {t("emergency.open")}
      </Button>
    </Group>
  );
}

/** Everything that can be booked. */
export function ServiceList() {
  const { t } = useTranslation("booking");
  const { data: services, error, isPending, refetch } = useServices();

  if (isPending) {
    return (
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} aria-busy="true">
        {Array.from({ length: 6 }, (_, index) => (
          <Skeleton key={index} height={190} radius="lg" />
        ))}
      </SimpleGrid>
    );
  }
  if (services === undefined) {
    return <ProblemAlert error={error} onRetry={() => void refetch()} />;
  }
  if (services.length === 0) {
    return (
      <EmptyState icon={IconCalendarOff} title={t("services.none")} text={t("services.noneText")} />
    );
  }
  return (
    <ul className={classes.list}>
      {services.map((service) => (
        <li key={service.id}>
          <ServiceCard service={service} />
        </li>
      ))}
    </ul>
  );
}
