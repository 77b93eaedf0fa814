import { SimpleGrid, Skeleton, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import type { Gathered, Request } from "../data/requests";
import { isLate, type TeamToday } from "./summary";
import classes from "./today.module.css";

interface Props {
  rows: readonly TeamToday[];
  requests: readonly Request[] | undefined;
  /** Pending, held and waiting, from today on. */
  open: Gathered | undefined;
  nowMs: number;
}

interface Tile {
  name: "pending" | "late" | "emergencies" | "waiting";
  count: number | undefined;
  isAtLeast: boolean;
  tone: "wants" | "alarm";
  to: string;
}

/** What wants somebody now, each as a way to the list of it. */
export function Attention({ rows, requests, open, nowMs }: Props) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const count = (status: string) => open?.items.filter((one) => one.status === status).length;
  const late = requests?.filter((request) => isLate(request, nowMs)).length;
  const emergencies = rows.reduce((sum, row) => sum + row.emergencies, 0);
  const isAtLeast = open?.hasMore ?? false;
  const tiles: Tile[] = [
    {
      name: "pending",
      count: count("pending"),
      isAtLeast,
      tone: "wants",
      to: "/requests?status=held,pending&sort=startsAt",
    },
    {
      name: "late",
      count: late,
      isAtLeast: false,
      tone: "alarm",
      to: "/requests?status=confirmed,in_progress&range=today&sort=startsAt",
    },
    {
      name: "emergencies",
      count: requests === undefined ? undefined : emergencies,
      isAtLeast: false,
      tone: "alarm",
      to: "/requests?range=week&type=emergency",
    },
    {
      name: "waiting",
      count: count("waitlisted"),
      isAtLeast,
      tone: "wants",
      to: "/requests?status=waitlisted&sort=startsAt",
    },
  ];
  return (
    <section aria-labelledby="attention">
      <Title order={2} id="attention" mb="md">
        {t("today.attention")}
      </Title>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }} spacing="md">
        {tiles.map(({ name, count: value, isAtLeast: isMore, tone, to }) => (
          <Link
            key={name}
            to={to}
            className={`surface ${classes.tile}`}
            data-tone={value !== undefined && value > 0 ? tone : "calm"}
          >
            <span className={classes.number}>
              {value === undefined ? (
                <Skeleton component="span" height={38} width={56} display="block" />
              ) : isMore ? (
                t("today.atLeast", { number: formats.number(value) })
              ) : (
                formats.number(value)
              )}
            </span>
            <Text span fw={600}>
              {t(`tile.${name}`)}
            </Text>
            <Text span size="sm" c="dimmed">
              {t(`tileText.${name}`)}
            </Text>
          </Link>
        ))}
      </SimpleGrid>
    </section>
  );
}
