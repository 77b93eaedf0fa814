import { Alert, Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../ui/ProblemAlert";
import { useSignInLink } from "./session";

/** Has a link sent to sign in by. What is said then is the same for every address. */
export function SignInLinkForm() {
  const { t } = useTranslation("common");
  const ask = useSignInLink();
  const [email, setEmail] = useState("");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate(email.trim());
  };

  if (ask.isSuccess) {
    return (
      <Alert role="status" title={t("signIn.linkSent")}>
        {t("signIn.linkSentText")}
      </Alert>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {ask.isError ? <ProblemAlert error={ask.error} isFocused /> : null}
        <TextInput
          label={t("signIn.email")}
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Button type="submit" loading={ask.isPending}>
          {t("signIn.sendLink")}
        </Button>
      </Stack>
    </form>
  );
}
