import { Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface Caught {
  error: Error | undefined;
}

/** Under everything: a fault in one page shows words and a way on, never a blank screen. */
export class ErrorBoundary extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { error: undefined };

  static getDerivedStateFromError(error: Error): Caught {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <Broken onRetry={() => this.setState({ error: undefined })} />;
  }
}

/** A chunk that cannot be fetched, after an update or in a tunnel, ends here as well. */
function Broken({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation("common", { useSuspense: false });
  return (
    <Container size="sm" py="xl" component="main" role="alert">
      <Stack>
        <Title order={1}>{t("broken.title")}</Title>
        <Text>{t("broken.text")}</Text>
        <Group>
          <Button onClick={onRetry}>{t("action.tryAgain")}</Button>
          <Button variant="default" onClick={() => location.reload()}>
            {t("action.reload")}
          </Button>
        </Group>
      </Stack>
    </Container>
  );
}
