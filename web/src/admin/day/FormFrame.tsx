import { Alert, Stack, Title } from "@mantine/core";
import { type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { IconRefresh } from "../../ui/icons";
import { useFocusOnMount } from "../../ui/useFocusOnMount";
import classes from "./day.module.css";

interface Props {
  title: string;
  /** Whether the day changed since the form was opened: the numbers shown are the new ones. */
  hasMoved: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

/** A form about a day, inside the day's panel. */
export function FormFrame({ title, hasMoved, onSubmit, children }: Props) {
  const { t } = useTranslation("admin");
  const heading = useFocusOnMount<HTMLHeadingElement>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <Stack>
        <Title order={2} size="h3" ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {hasMoved ? (
          <Alert color="marigold" icon={<IconRefresh />} title={t("moved.title")} role="status">
            {t("moved.text")}
          </Alert>
        ) : null}
        {children}
      </Stack>
    </form>
  );
}
