import { Anchor, Stack, Text, Title } from "@mantine/core";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { changesOf } from "../audit/changes";
import type { RequestDetail } from "../data/requests";
import { dayOf } from "../lib/days";
import classes from "./requests.module.css";

/** What the client's browser says by itself. */
const NOT_SAID: readonly string[] = ["locale", "timeZone"];

/** What was agreed: when, where, who, for whom, for how much, and what the client said. */
export function Details({ request }: { request: RequestDetail }) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const { client, team } = request;
  const day = dayOf(request.startsAt);
  const said = changesOf(null, request.details).filter(({ path }) => !NOT_SAID.includes(path));
  return (
    <section className="surface">
      <Stack p="lg" gap="lg">
        <Title order={2} size="h3">
          {t("request.agreed")}
        </Title>
        <dl className={classes.facts}>
          <Fact name={t("stale.team")}>
            <Anchor component={Link} to={`/capacity?team=${team.id}&day=${day}`}>
              {team.name}
            </Anchor>
          </Fact>
          <Fact name={t("stale.member")}>{request.teamMember?.name ?? t("day.nobody")}</Fact>
          {request.resources.length === 0 ? null : (
            <Fact name={t("page.resources")}>
              {formats.list(request.resources.map(({ name }) => name))}
            </Fact>
          )}
          <Fact name={t("request.units")}>
            {formats.number(request.units)}
            {request.unitsPastLimit > 0
              ? ` ${t("request.pastLimit", { count: request.unitsPastLimit })}`
              : ""}
          </Fact>
          <Fact name={t("requests.client")}>
            {client.name}
            <br />
            <Anchor href={`mailto:${client.email}`}>{client.email}</Anchor>
            {client.phone == null ? null : (
              <>
                <br />
                <Anchor href={`tel:${client.phone}`} dir="ltr">
                  {client.phone}
                </Anchor>
              </>
            )}
          </Fact>
          <Fact name={t("request.price")}>{formats.money(request.price)}</Fact>
          <Fact name={t("requests.made")}>
            {formats.dateTime(request.createdAt, request.timeZone)}
          </Fact>
          <Fact name={t("request.zone")}>{formats.zone(request.timeZone)}</Fact>
        </dl>
        {request.cancellation == null ? null : (
          <Stack gap={4}>
            <Text fw={600}>{t("request.calledOff")}</Text>
            <Text>
              {formats.dateTime(request.cancellation.at, request.timeZone)}
              {request.cancellation.reason == null ? "" : `: ${request.cancellation.reason}`}
            </Text>
            {request.cancellation.fee == null ? null : (
              <Text>{t("step.fee", { amount: formats.money(request.cancellation.fee) })}</Text>
            )}
          </Stack>
        )}
        {said.length === 0 ? null : (
          <Stack gap="sm">
            <Title order={3} size="h4">
              {t("request.said")}
            </Title>
            <dl className={classes.facts}>
              {said.map(({ path, after }) => (
                <Fact key={path} name={saidName(t, path)}>
                  {after}
                </Fact>
              ))}
            </dl>
          </Stack>
        )}
      </Stack>
    </section>
  );
}

/** What the client was asked, in words where there are some; answers come under their own names. */
function saidName(t: TFunction<"admin">, path: string): string {
  switch (path) {
    case "notes":
      return t("said.notes");
    case "address":
    case "emergency.address":
      return t("said.address");
    case "emergency.description":
      return t("said.description");
    case "emergency.phone":
      return t("said.phone");
    default:
      return path.replace(/^answers\./, "");
  }
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
