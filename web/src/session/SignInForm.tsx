import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemError } from "../api";
import { ProblemAlert } from "../ui/ProblemAlert";
import { type Me, useLogin } from "./session";

/** Mail and password. Managers fill it in, and nothing hinders pasting. */
export function SignInForm({ onDone }: { onDone: (me: Me) => void }) {
  const { t } = useTranslation("common");
  const login = useLogin();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");

  const isRefused =
    login.error instanceof ProblemError && login.error.problem.code === "unauthenticated";

  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ email: email.trim(), password }, { onSuccess: onDone });
  };

  return (
    <form onSubmit={submit}>
      <Stack>
        {login.isError ? (
          <ProblemAlert
            error={login.error}
            isFocused
            words={
              isRefused ? { title: t("signIn.wrong"), text: t("signIn.wrongText") } : undefined
            }
          />
        ) : null}
        <TextInput
          label={t("signIn.email")}
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("signIn.password")}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{
            "aria-label": t("signIn.showPassword"),
            size: 36,
          }}
        />
        <Button type="submit" loading={login.isPending}>
          {t("signIn.submit")}
        </Button>
      </Stack>
    </form>
  );
}
