import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { Suspense, useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { type Problem, problemOf } from "../api/problem";
import { IconAlert } from "./icons";

interface Props {
  /** Whatever was thrown, or a problem. */
  error: unknown;
  /** Shown as a button when trying the same again can help. */
  onRetry?: () => void;
  /** Takes the focus when it appears: for answers to something that was pressed. */
  isFocused?: boolean;
  /** Better words than the code's own, where the place knows more: a password that is wrong. */
  words?: { title: string; text: string } | undefined;
  /** A way on that only this place knows. */
  children?: ReactNode;
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "retry" in error;
}

/**
 * Says what went wrong and what can be done, in words for its code. While those words are fetched,
 * everything around stays as it is.
 */
export function ProblemAlert(props: Props) {
  return (
    <Suspense fallback={null}>
      <Said {...props} />
    </Suspense>
  );
}

function Said({ error, onRetry, isFocused = false, words, children }: Props) {
  const { t } = useTranslation(["problems", "common"]);
  const box = useRef<HTMLDivElement>(null);
  const problem = isProblem(error) ? error : problemOf(error, navigator.onLine);
  const canRetry = onRetry !== undefined && problem.retry === "same-key";

  useEffect(() => {
    if (isFocused) box.current?.focus();
  }, [isFocused, error]);

  return (
    <Alert
      ref={box}
      role="alert"
      tabIndex={-1}
      color="red"
      variant="light"
      icon={<IconAlert />}
      title={words?.title ?? t(`problems:${problem.code}.title`)}
      styles={{
        title: { fontSize: "var(--mantine-font-size-md)" },
        message: { color: "inherit" },
      }}
    >
      <Stack gap="xs" align="flex-start">
        <Text>{words?.text ?? t(`problems:${problem.code}.text`)}</Text>
        {problem.errors.length > 0 ? (
          <List>
            {problem.errors.map(({ pointer, detail }) => (
              <List.Item key={pointer + detail}>
                <span lang="en">
                  {pointer.replace(/^\//, "")}: {detail}
                </span>
              </List.Item>
            ))}
          </List>
        ) : null}
        {children}
        <Group>
          {canRetry ? (
            <Button variant="default" onClick={onRetry}>
              {t("common:action.tryAgain")}
            </Button>
          ) : null}
          {problem.requestId === undefined ? null : (
            <Text size="xs" c="dimmed">
              {t("common:requestId", { id: problem.requestId })}
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
