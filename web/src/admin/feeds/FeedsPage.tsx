import { Stack, Table, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconCalendar } from "../../ui/icons";
import classes from "../catalog/catalog.module.css";
import { useMembers, useTeams } from "../data/catalog";
import type { FeedOwner } from "../data/feeds";
import { AddressDialog, type Shown } from "./AddressDialog";
import { FeedRow } from "./FeedRow";

/** Calendars that teams and members subscribe to: who has one, a new address, and the end of one. */
export default function FeedsPage() {
  const { t } = useTranslation(["office", "admin"]);
  const teams = useTeams();
  const members = useMembers();
  const [shown, setShown] = useState<Shown>();
  const failed = teams.error ?? members.error;
  const readAgain = () => {
    void teams.refetch();
    void members.refetch();
  };
  const of = (kind: FeedOwner["kind"], list: readonly { id: string; name: string }[]) =>
    list.map(({ id, name }): FeedOwner => ({ kind, id, name }));

  return (
    <>
      <PageTitle lead={t("office:feeds.lead")}>{t("admin:page.feeds")}</PageTitle>
      {failed !== null ? (
        <ProblemAlert error={failed} onRetry={readAgain} />
      ) : teams.data === undefined || members.data === undefined ? (
        <PageSkeleton />
      ) : teams.data.length === 0 && members.data.length === 0 ? (
        <EmptyState
          icon={IconCalendar}
          title={t("office:feeds.none")}
          text={t("office:feeds.noneText")}
        />
      ) : (
        <Stack gap="xl">
          <FeedTable
            title={t("admin:page.teams")}
            owners={of("team", teams.data)}
            onOpened={setShown}
          />
          <FeedTable
            title={t("admin:page.members")}
            owners={of("member", members.data)}
            onOpened={setShown}
          />
        </Stack>
      )}
      {shown === undefined ? null : (
        <AddressDialog shown={shown} onClose={() => setShown(undefined)} />
      )}
    </>
  );
}

interface TableProps {
  title: string;
  owners: readonly FeedOwner[];
  onOpened: (shown: Shown) => void;
}

function FeedTable({ title, owners, onOpened }: TableProps) {
  const { t } = useTranslation(["office", "admin"]);
  if (owners.length === 0) return null;
  return (
    <section>
      <Title order={2} size="h3" mb="sm">
        {title}
      </Title>
      <div className={`surface ${classes.frame}`}>
        <Table verticalSpacing="sm" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("admin:crud.name")}</Table.Th>
              <Table.Th>{t("office:feeds.address")}</Table.Th>
              <Table.Th>{t("office:feeds.change")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {owners.map((owner) => (
              <FeedRow key={owner.id} owner={owner} onOpened={onOpened} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
}
