import { Badge, Button, Group, Stack, Table, TextInput } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { SidePanel } from "../shell/Dialog";
import { useSearchParams } from "react-router";

import { EmptyState } from "../../ui/EmptyState";
import { PageSkeleton } from "../../ui/PageSkeleton";
import { PageTitle } from "../../ui/PageTitle";
import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconPlus, IconSearch } from "../../ui/icons";
import type { Ability } from "../lib/roles";
import { useCan } from "../shell/Account";
import type { PageKey } from "../shell/pages";
import classes from "./catalog.module.css";

/** One column of a list: what it is called, and what it says of a row. */
export interface Column<View> {
  name: string;
  cell: (view: View) => ReactNode;
}

interface Props<View> {
  page: Extract<
    PageKey,
    | "promos"
    | "surcharges"
    | "services"
    | "teams"
    | "members"
    | "resources"
    | "users"
    | "reminders"
    | "webhooks"
  >;
  list: UseQueryResult<View[]>;
  ability: Ability;
  columns: readonly Column<View>[];
  nameOf: (view: View) => string;
  isActive: (view: View) => boolean;
  /** The form for a row, or for something new. */
  form: (view: View | undefined, onDone: () => void) => ReactNode;
  icon: React.ComponentType<{ size?: number; stroke?: number }>;
}

const NEW = "new";

/** A list of things of the catalogue, and a form beside it. Which one is open is in the address. */
export function EntityPage<View extends { id: string }>(props: Props<View>) {
  const { page, list, ability, columns, nameOf, isActive, form, icon } = props;
  const { t } = useTranslation("admin");
  const may = useCan();
  const [params, setParams] = useSearchParams();
  const text = params.get("q") ?? "";
  const openId = params.get("edit");
  const put = (name: string, value: string | null) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === null || value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: name === "q" },
    );
  const rows = useMemo(() => {
    const wanted = text.trim().toLocaleLowerCase();
    return (list.data ?? []).filter((view) => nameOf(view).toLocaleLowerCase().includes(wanted));
  }, [list.data, text, nameOf]);
  const open = list.data?.find(({ id }) => id === openId);
  const isOpen = openId === NEW || open !== undefined;
  const close = () => put("edit", null);

  return (
    <>
      <PageTitle lead={t(`lead.${page}`)}>{t(`page.${page}`)}</PageTitle>
      <Stack>
        <Group justify="space-between">
          <TextInput
            type="search"
            data-search
            aria-label={t("crud.search")}
            placeholder={t("crud.search")}
            leftSection={<IconSearch size={18} />}
            value={text}
            onChange={(event) => put("q", event.currentTarget.value)}
            flex="0 1 22rem"
          />
          {may(ability) ? (
            <Button leftSection={<IconPlus size={18} />} onClick={() => put("edit", NEW)}>
              {t(`add.${page}`)}
            </Button>
          ) : null}
        </Group>
        {list.isError ? (
          <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
        ) : list.data === undefined ? (
          <PageSkeleton />
        ) : rows.length === 0 ? (
          <EmptyState
            icon={icon}
            title={t(text === "" ? "crud.none" : "crud.noneFound")}
            text={t(text === "" ? `empty.${page}` : "crud.noneFoundText")}
          />
        ) : (
          <div className={`surface ${classes.frame}`}>
            <Table verticalSpacing="sm" highlightOnHover className={classes.table}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("crud.name")}</Table.Th>
                  {columns.map(({ name }) => (
                    <Table.Th key={name}>{name}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((view) => (
                  <Table.Tr key={view.id}>
                    <Table.Td>
                      <Group gap="xs" wrap="nowrap">
                        <button
                          type="button"
                          className={classes.open}
                          onClick={() => put("edit", view.id)}
                        >
                          {nameOf(view)}
                        </button>
                        {isActive(view) ? null : (
                          <Badge tt="none" color="gray" variant="light">
                            {t("crud.off")}
                          </Badge>
                        )}
                      </Group>
                    </Table.Td>
                    {columns.map(({ name, cell }) => (
                      <Table.Td key={name} data-label={name}>
                        {cell(view)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Stack>
      <SidePanel
        opened={isOpen}
        onClose={close}
        size="xl"
        title={open === undefined ? t(`add.${page}`) : nameOf(open)}
      >
        {isOpen ? (
          // Those who may only look get the same form, switched off.
          <fieldset disabled={!may(ability)} className={classes.fieldset} key={openId}>
            {form(open, close)}
          </fieldset>
        ) : null}
      </SidePanel>
    </>
  );
}
