import { Badge, Button, Group, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useFormats } from "../i18n/useFormats";
import { type ConnectionState, type RealtimeStatus, useConnection, useTopic } from "../realtime";
import { IconRefresh } from "../ui/icons";
import { useOwnTimeZone } from "../ui/preferences";
import { Fact, Facts, Section } from "./Section";
import classes from "./Section.module.css";
import { useRoundTrip } from "./useRoundTrip";

const COLORS: Record<ConnectionState, string> = {
  idle: "gray",
  connecting: "marigold",
  open: "pine",
  waiting: "marigold",
  stopped: "red",
};

const TIME: Intl.DateTimeFormatOptions = { timeStyle: "medium" };

/** How the live connection stands, for people who wonder and for those who help them. */
export function LiveSection() {
  const { t } = useTranslation("settings");
  // Something to follow, so that the panel shows a connection and not the lack of a reason for one.
  useTopic("ops:notice");
  const status = useConnection();

  return (
    <Section
      id="connection"
      title={t("live.title")}
      text={t("live.text")}
      aside={
        <Badge size="lg" variant="light" color={COLORS[status.state]} tt="none" role="status">
          {t(`live.state.${status.state}`)}
        </Badge>
      }
    >
      <ConnectionFacts status={status} />
      <Arrivals status={status} />
      <Group>
        <Button
          variant="default"
          leftSection={<IconRefresh size={18} />}
          onClick={status.reconnect}
        >
          {t("live.reconnect")}
        </Button>
      </Group>
    </Section>
  );
}

function ConnectionFacts({ status }: { status: RealtimeStatus }) {
  const { t } = useTranslation("settings");
  const formats = useFormats();
  const timeZone = useOwnTimeZone();
  const roundTripMs = useRoundTrip();
  const none = t("live.nothing");
  const { transport, role, since, lastId, sequence, lastCode } = status;

  return (
    <Facts>
      <Fact name={t("live.transport")}>
        {transport === null ? none : t(`live.transports.${transport}`)}
      </Fact>
      <Fact name={t("live.role")}>{t(`live.roles.${role}`)}</Fact>
      <Fact name={t("live.since")}>{formats.dateTime(since, timeZone)}</Fact>
      <Fact name={t("live.roundTrip")}>
        {roundTripMs === null
          ? none
          : formats.number(roundTripMs, {
              style: "unit",
              unit: "millisecond",
              maximumFractionDigits: 0,
            })}
      </Fact>
      <Fact name={t("live.reconnects")}>{formats.number(status.reconnects)}</Fact>
      <Fact name={t("live.topics")}>{formats.number(status.topics)}</Fact>
      <Fact name={t("live.sequence")}>{sequence === null ? none : formats.number(sequence)}</Fact>
      <Fact name={t("live.lastCode")}>{lastCode ?? none}</Fact>
      <Fact name={t("live.lastId")}>
        <span className={classes.code}>{lastId ?? none}</span>
      </Fact>
    </Facts>
  );
}

/** The last messages, as a table that scrolls by itself where it is too wide. */
function Arrivals({ status }: { status: RealtimeStatus }) {
  const { t } = useTranslation("settings");
  const formats = useFormats();
  const timeZone = useOwnTimeZone();
  const { arrivals } = status;
  const time = new Intl.DateTimeFormat(formats.locale, { ...TIME, timeZone });

  return (
    <div>
      <Title order={3} mb="xs" id="live-events">
        {t("live.events")}
      </Title>
      {arrivals.length === 0 ? (
        <Text c="dimmed">{t("live.noEvents")}</Text>
      ) : (
        <div className={classes.scroll} tabIndex={0} role="region" aria-labelledby="live-events">
          <Table verticalSpacing="xs" className="tabular">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("details.when")}</Table.Th>
                <Table.Th>{t("live.type")}</Table.Th>
                <Table.Th>{t("live.topic")}</Table.Th>
                <Table.Th>{t("live.sequence")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {arrivals.map(({ at, type, topic, seq }, index) => (
                <Table.Tr key={`${at} ${type} ${topic ?? ""} ${index}`}>
                  <Table.Td>{time.format(at)}</Table.Td>
                  <Table.Td>
                    <span className={classes.code}>{type}</span>
                  </Table.Td>
                  <Table.Td>
                    <span className={classes.code}>{topic ?? ""}</span>
                  </Table.Td>
                  <Table.Td>{seq}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </div>
  );
}
