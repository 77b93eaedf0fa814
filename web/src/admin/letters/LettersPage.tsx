import { Anchor, Button, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconRefresh } from "../../ui/icons";
import { useOwnTimeZone } from "../../ui/preferences";
import classes from "../catalog/catalog.module.css";
import { EFFECTS, type Letter, retryLetter, useLetters } from "../data/effects";
import { IconMail } from "../lib/icons";
import { useCan } from "../shell/Account";
import { announce } from "../shell/undo";
import { useLetterWords } from "./words";

/** States of letters that people look for. */
const SHOWN = ["dead", "retry", "planned", "sent", "superseded", "skipped-late"] as const;

/** Mail that is on its way, and mail that was given up: what came back, and once more. */
export default function LettersPage() {
  const { t } = useTranslation(["office", "admin"]);
  const [params, setParams] = useSearchParams();
  const state = SHOWN.find((one) => one === params.get("state")) ?? "dead";
  const letters = useLetters(state);
  const isDead = state === "dead";

  return (
    <>
      <PageTitle lead={t("office:letters.lead")}>{t("admin:page.letters")}</PageTitle>
      <Stack>
        <SegmentedControl
          aria-label={t("office:letters.which")}
          data={SHOWN.map((one) => ({ value: one, label: t(`office:state.${one}`) }))}
          value={state}
          onChange={(next) => setParams(next === "dead" ? {} : { state: next })}
          className={classes.choice}
        />
        {letters.isError ? (
          <ProblemAlert error={letters.error} onRetry={() => void letters.refetch()} />
        ) : letters.data === undefined ? (
          <PageSkeleton />
        ) : letters.data.length === 0 ? (
          <EmptyState
            icon={IconMail}
            title={t("office:letters.none")}
            text={t(isDead ? "office:letters.noneDead" : "office:letters.noneText")}
          />
        ) : (
          <LetterTable letters={letters.data} isDead={isDead} />
        )}
      </Stack>
    </>
  );
}

function LetterTable({ letters, isDead }: { letters: readonly Letter[]; isDead: boolean }) {
  const { t } = useTranslation("office");
  const formats = useFormats();
  const zone = useOwnTimeZone();
  const kindWord = useLetterWords();
  const may = useCan();
  const queries = useQueryClient();
  const retry = useMutation({
    mutationFn: (letter: Letter) => retryLetter(letter.id),
    onSuccess: (isRetried) => announce(t(isRetried ? "letters.retried" : "letters.notRetried")),
    onSettled: () => queries.invalidateQueries({ queryKey: [EFFECTS] }),
  });
  const canRetry = isDead && may("tend-letters");

  return (
    <>
      {retry.isError ? <ProblemAlert error={retry.error} isFocused /> : null}
      <div className={`surface ${classes.frame}`}>
        <Table verticalSpacing="sm" className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("letters.kind")}</Table.Th>
              <Table.Th>{t("letters.about")}</Table.Th>
              <Table.Th>{t("letters.at")}</Table.Th>
              <Table.Th>{t("letters.tries")}</Table.Th>
              <Table.Th>{t("letters.error")}</Table.Th>
              {canRetry ? <Table.Th>{t("letters.retry")}</Table.Th> : null}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {letters.map((letter) => (
              <Table.Tr key={letter.id}>
                <Table.Td fw={600}>{kindWord(letter.kind)}</Table.Td>
                <Table.Td data-label={t("letters.about")}>
                  {letter.reference == null ? (
                    "-"
                  ) : (
                    <Anchor
                      component={Link}
                      to={`/requests?q=${encodeURIComponent(letter.reference)}`}
                      translate="no"
                      className={classes.reach}
                    >
                      {letter.reference}
                    </Anchor>
                  )}
                </Table.Td>
                <Table.Td data-label={t("letters.at")}>
                  {formats.dateTime(letter.at, zone)}
                </Table.Td>
                <Table.Td data-label={t("letters.tries")} className="tabular">
                  {formats.number(letter.attempts)}
                </Table.Td>
                <Table.Td data-label={t("letters.error")}>
                  {letter.error == null ? (
                    "-"
                  ) : (
                    <Text span size="sm" lang="en" dir="ltr" className={classes.told}>
                      {letter.error}
                    </Text>
                  )}
                </Table.Td>
                {canRetry ? (
                  <Table.Td>
                    <Button
                      variant="default"
                      leftSection={<IconRefresh size={18} />}
                      loading={retry.isPending && retry.variables.id === letter.id}
                      onClick={() => retry.mutate(letter)}
                      aria-label={t("letters.retryOne", {
                        kind: kindWord(letter.kind),
                        reference: letter.reference ?? letter.id,
                      })}
                    >
                      {t("letters.retry")}
                    </Button>
                  </Table.Td>
                ) : null}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}
