import { ActionIcon, Button, Group, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Dialog } from "../shell/Dialog";

import { IconX } from "../../ui/icons";
import { IconBookmark } from "../lib/icons";
import { activeCount, type RequestFilter } from "./filters";
import {
  BUILT_IN_VIEWS,
  filterOf,
  isSameFilter,
  readViews,
  type SavedView,
  VIEW_NAME_CHARS_MAX,
  withView,
  writeViews,
} from "./views";

interface Props {
  filter: RequestFilter;
  onChange: (filter: RequestFilter) => void;
}

/** Questions people ask every day, and their own, kept on this device. */
export function ViewTabs({ filter, onChange }: Props) {
  const { t } = useTranslation("admin");
  const [own, setOwn] = useState<SavedView[]>(() => readViews(localStorage));
  const [isNaming, naming] = useDisclosure(false);
  const [name, setName] = useState("");
  const keep = (views: SavedView[]) => {
    setOwn(views);
    writeViews(localStorage, views);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") return;
    keep(withView(own, name.trim(), filter));
    setName("");
    naming.close();
  };
  const isKnown =
    BUILT_IN_VIEWS.some((view) => isSameFilter(view.filter, filter)) ||
    own.some((view) => isSameFilter(filterOf(view), filter));

  return (
    <Group gap="xs" role="group" aria-label={t("views.label")}>
      {BUILT_IN_VIEWS.map((view) => (
        <ViewButton
          key={view.key}
          label={t(`view.${view.key}`)}
          isOn={isSameFilter(view.filter, filter)}
          onClick={() => onChange(view.filter)}
        />
      ))}
      {own.map((view) => (
        <Group key={view.name} gap={0} wrap="nowrap">
          <ViewButton
            label={view.name}
            isOn={isSameFilter(filterOf(view), filter)}
            onClick={() => onChange(filterOf(view))}
          />
          <ActionIcon
            color="gray"
            aria-label={t("views.remove", { name: view.name })}
            onClick={() => keep(own.filter((one) => one.name !== view.name))}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      {activeCount(filter) > 0 && !isKnown ? (
        <Button variant="subtle" leftSection={<IconBookmark size={18} />} onClick={naming.open}>
          {t("views.save")}
        </Button>
      ) : null}
      <Dialog opened={isNaming} onClose={naming.close} title={t("views.save")}>
        <form onSubmit={save}>
          <Stack>
            <TextInput
              label={t("views.name")}
              description={t("views.text")}
              value={name}
              maxLength={VIEW_NAME_CHARS_MAX}
              onChange={(event) => setName(event.currentTarget.value)}
              required
              data-autofocus
            />
            <Button type="submit">{t("action.save")}</Button>
          </Stack>
        </form>
      </Dialog>
    </Group>
  );
}

function ViewButton({
  label,
  isOn,
  onClick,
}: {
  label: string;
  isOn: boolean;
  onClick: () => void;
}) {
  return (
    <Button variant={isOn ? "light" : "default"} radius="xl" aria-pressed={isOn} onClick={onClick}>
      {label}
    </Button>
  );
}
