import { Badge, Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useFormats } from "../../i18n/useFormats";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { useOwnTimeZone } from "../../ui/preferences";
import { AUDIT } from "../data/audit";
import { type FeedOwner, FEEDS, closeFeed, openFeed, useFeed } from "../data/feeds";
import { Dialog } from "../shell/Dialog";
import { announce } from "../shell/undo";
import type { Shown } from "./AddressDialog";

/** What ends an address that somebody may be subscribed to, and is therefore asked twice. */
type Question = "rotate" | "revoke";

/** One calendar: whether it has an address, another one, and none. */
export function FeedRow({ owner, onOpened }: { owner: FeedOwner; onOpened: (at: Shown) => void }) {
  const { t } = useTranslation(["office", "admin"]);
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const feed = useFeed(owner);
  const queries = useQueryClient();
  const [question, setQuestion] = useState<Question>();
  const settled = () => {
    for (const name of [FEEDS, AUDIT]) void queries.invalidateQueries({ queryKey: [name] });
  };
  const open = useMutation({
    mutationFn: () => openFeed(owner),
    onSuccess: ({ url }) => {
      setQuestion(undefined);
      onOpened({ name: owner.name, url });
    },
    onSettled: settled,
  });
  const close = useMutation({
    mutationFn: () => closeFeed(owner),
    onSuccess: () => {
      setQuestion(undefined);
      announce(t("office:feeds.revoked", { name: owner.name }));
    },
    onSettled: settled,
  });
  const { name } = owner;
  const ask = (next: Question) => {
    open.reset();
    close.reset();
    setQuestion(next);
  };
  const answer = question === "revoke" ? close : open;

  return (
    <Table.Tr>
      <Table.Td fw={600}>{name}</Table.Td>
      <Table.Td data-label={t("office:feeds.address")}>
        {feed.isError ? (
          <ProblemAlert error={feed.error} onRetry={() => void feed.refetch()} />
        ) : feed.data === undefined ? (
          <Skeleton height={24} width={160} />
        ) : feed.data.isOpen ? (
          <Group gap="xs">
            <Badge tt="none" variant="light" size="lg" color="pine">
              {t("office:feeds.open")}
            </Badge>
            {feed.data.since == null ? null : (
              <Text span size="sm" c="dimmed">
                {t("office:feeds.since", { at: formats.dateTime(feed.data.since, zone) })}
              </Text>
            )}
          </Group>
        ) : (
          <Text span c="dimmed">
            {t("office:feeds.closed")}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {feed.data === undefined ? null : feed.data.isOpen ? (
          <Group gap="xs">
            <Button
              variant="default"
              onClick={() => ask("rotate")}
              aria-label={t("office:feeds.rotateOne", { name })}
            >
              {t("office:feeds.rotate")}
            </Button>
            <Button
              variant="subtle"
              color="red"
              onClick={() => ask("revoke")}
              aria-label={t("office:feeds.revokeOne", { name })}
            >
              {t("office:feeds.revoke")}
            </Button>
          </Group>
        ) : (
          <Stack gap="xs" align="flex-start">
            {open.isError ? <ProblemAlert error={open.error} isFocused /> : null}
            <Button
              variant="default"
              loading={open.isPending}
              onClick={() => open.mutate()}
              aria-label={t("office:feeds.createOne", { name })}
            >
              {t("office:feeds.create")}
            </Button>
          </Stack>
        )}
        <Dialog
          opened={question !== undefined}
          onClose={() => setQuestion(undefined)}
          title={t(
            question === "revoke" ? "office:feeds.revokeTitle" : "office:feeds.rotateTitle",
            {
              name,
            },
          )}
        >
          <Stack>
            {answer.isError ? <ProblemAlert error={answer.error} isFocused /> : null}
            <Text>
              {t(question === "revoke" ? "office:feeds.revokeText" : "office:feeds.rotateText")}
            </Text>
            <Group>
              <Button color="red" loading={answer.isPending} onClick={() => answer.mutate()}>
                {t(question === "revoke" ? "office:feeds.revoke" : "office:feeds.rotate")}
              </Button>
              <Button variant="default" onClick={() => setQuestion(undefined)}>
                {t("admin:action.back")}
              </Button>
            </Group>
          </Stack>
        </Dialog>
      </Table.Td>
    </Table.Tr>
  );
}
