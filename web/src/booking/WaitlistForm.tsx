import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { type Schemas, api, change, newKey, unwrap } from "../api";
import { useFormats } from "../i18n/useFormats";
import { pathOf, rememberLink, tokenOf } from "../portal/links";
import { useMe } from "../session/session";
import { ProblemAlert } from "../ui/ProblemAlert";
import { useOwnTimeZone } from "../ui/preferences";
import type { PlaceDay } from "./availability";
import { checkDetails, loadDetails, saveDetails } from "./details";

interface Props {
  serviceId: string;
  memberId: string | undefined;
  day: PlaceDay;
}

/** "Tell me if this day opens": a place in the line of a day that is full. */
export function WaitlistForm({ serviceId, memberId, day }: Props) {
  const { t, i18n } = useTranslation("booking");
  const formats = useFormats();
  const { data: me } = useMe();
  const timeZone = useOwnTimeZone();
  const key = useRef(newKey());
  const [details, setDetails] = useState(() => loadDetails(sessionStorage));
  const [isChecked, setChecked] = useState(false);
  const errors = checkDetails(details, false);
  const answer = useRef<HTMLDivElement>(null);

  const join = useMutation({
    mutationFn: () => {
      const client = { name: details.name.trim(), email: details.email.trim() };
      const body: Schemas["JoinWaitlist"] = {
        serviceId,
        date: day.date,
        timeZone,
        locale: i18n.language,
        ...(day.teams[0] === undefined ? {} : { teamId: day.teams[0] }),
        ...(memberId === undefined ? {} : { teamMemberId: memberId }),
        ...(me == null ? { client } : {}),
      };
      const params = { header: change(key.current) };
      return unwrap(api.POST("/api/portal/waitlist", { params, body }));
    },
    onSuccess: (waiting) => {
      const token = tokenOf(waiting.links.manage);
      if (me == null && token !== undefined) {
        rememberLink(localStorage, { id: waiting.id, token, at: Date.now() });
      }
      saveDetails(sessionStorage, details);
    },
    // What was refused for good may be asked for again only under another key.
    onError: () => {
      key.current = newKey();
    },
  });

  useEffect(() => {
    if (join.isSuccess) answer.current?.focus();
  }, [join.isSuccess]);

  if (join.isSuccess) {
    const { id, links, position } = join.data;
    return (
      <Stack gap="xs" align="flex-start" ref={answer} tabIndex={-1} role="status">
        <Text fw={600}>{t("waitlist.joined", { day: formats.day(day.date) })}</Text>
        {position == null ? null : <Text>{t("waitlist.position", { position })}</Text>}
        <Text size="sm">{t("waitlist.joinedText")}</Text>
        <Button
          component={Link}
          variant="default"
          to={pathOf(id, me == null ? tokenOf(links.manage) : undefined)}
        >
          {t("confirmation.open")}
        </Button>
      </Stack>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    const isComplete = errors.name === undefined && errors.email === undefined;
    if (me != null || isComplete) join.mutate();
  };
  const error = (field: "name" | "email") => {
    const found = errors[field];
    return isChecked && found !== undefined ? t(`details.error.${found}`) : undefined;
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm" align="flex-start">
        <Text>{t("waitlist.text")}</Text>
        {join.isError ? <ProblemAlert error={join.error} isFocused /> : null}
        {me == null ? (
          <>
            <TextInput
              label={t("details.name")}
              autoComplete="name"
              value={details.name}
              error={error("name")}
              onChange={({ currentTarget: { value } }) => setDetails({ ...details, name: value })}
            />
            <TextInput
              label={t("details.email")}
              type="email"
              autoComplete="email"
              value={details.email}
              error={error("email")}
              onChange={({ currentTarget: { value } }) => setDetails({ ...details, email: value })}
            />
          </>
        ) : null}
        <Button type="submit" loading={join.isPending}>
          {t("waitlist.join")}
        </Button>
      </Stack>
    </form>
  );
}
