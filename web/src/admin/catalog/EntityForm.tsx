import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemError, newKey } from "../../api";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconTrash } from "../../ui/icons";
import { mergePatch } from "../lib/merge-patch";
import { announce } from "../shell/undo";
import { type Store, type Stored, fieldErrors, useCatalogChange, withoutFields } from "./entity";

interface Props<View extends Stored, Fields extends object> {
  store: Store<View, Fields>;
  /** What is edited; absent for something new. */
  view: View | undefined;
  /** The fields of `view`, or those of something new. */
  initial: Fields;
  name: string;
  fields: (form: UseFormReturnType<Fields>) => ReactNode;
  onDone: () => void;
}

/**
 * Edits something of the catalogue: sends what was changed and nothing else, puts the server's
 * complaints beside their fields, and shows a newer version before it would be overwritten.
 */
export function EntityForm<View extends Stored, Fields extends object>(props: Props<View, Fields>) {
  const { store, view, initial, name, fields, onDone } = props;
  const { t } = useTranslation("admin");
  const form = useForm<Fields>({ mode: "controlled", initialValues: initial });
  // What the edit was begun from: the server refuses it when that is not the newest any more.
  const [base, setBase] = useState({ view, initial });
  const [isSure, setSure] = useState(false);
  const box = useRef<HTMLFormElement>(null);

  const save = useCatalogChange((values: Fields) =>
    base.view === undefined
      ? store.create(values, newKey())
      : store.update(base.view, mergePatch(base.initial, values), newKey()),
  );
  const remove = useCatalogChange((gone: View) =>
    store.remove === undefined ? Promise.resolve() : store.remove(gone, newKey()),
  );

  const submit = form.onSubmit((values) => {
    save.mutate(values, {
      onSuccess: () => {
        announce(t(base.view === undefined ? "crud.created" : "crud.saved", { name }));
        onDone();
      },
      onError: (error) => {
        form.setErrors(fieldErrors(error));
        requestAnimationFrame(() =>
          box.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(),
        );
      },
    });
  });
  const isStale =
    save.error instanceof ProblemError && save.error.problem.code === "stale-revision";
  const failed = save.error ?? remove.error;
  const isUnchanged =
    base.view !== undefined && Object.keys(mergePatch(base.initial, form.values)).length === 0;

  return (
    <form ref={box} onSubmit={submit} noValidate>
      <Stack>
        {isStale ? (
          <Alert color="marigold" title={t("stale.title")} role="alert">
            <Stack align="flex-start">
              {t("crud.stale")}
              <Button
                variant="default"
                onClick={() => {
                  setBase({ view, initial });
                  save.reset();
                }}
              >
                {t("stale.agree")}
              </Button>
            </Stack>
          </Alert>
        ) : failed === null ? null : (
          <ProblemAlert
            error={withoutFields(failed, (path) => path in form.errors)}
            isFocused={Object.keys(form.errors).length === 0}
          />
        )}
        {fields(form)}
        <Group justify="space-between" mt="md">
          <Button type="submit" loading={save.isPending} disabled={isUnchanged || isStale}>
            {t(base.view === undefined ? "crud.create" : "action.save")}
          </Button>
          {view === undefined || store.remove === undefined ? null : isSure ? (
            <Group gap="xs">
              <Text>{t("crud.sure", { name })}</Text>
              <Button
                color="red"
                loading={remove.isPending}
                onClick={() =>
                  remove.mutate(view, {
                    onSuccess: () => {
                      announce(t("crud.deleted", { name }));
                      onDone();
                    },
                    onError: () => setSure(false),
                  })
                }
              >
                {t("crud.delete")}
              </Button>
              <Button variant="default" onClick={() => setSure(false)}>
                {t("action.back")}
              </Button>
            </Group>
          ) : (
            <Button
              variant="subtle"
              color="red"
              leftSection={<IconTrash size={18} />}
              onClick={() => setSure(true)}
            >
              {t("crud.delete")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
