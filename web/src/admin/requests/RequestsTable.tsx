import { Badge, Checkbox, Group, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useFormats } from "../../i18n/useFormats";
import { PaymentBadge } from "../../ui/PaymentBadge";
import type { Request } from "../data/requests";
import { type KeyTable, useKeys } from "../shell/keys";
import type { Sort } from "./filters";
import classes from "./requests.module.css";
import { statusColor, statusWord } from "./words";

interface Props {
  rows: readonly Request[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

/** The rows; `j`, `k`, `x` and Enter go through them without a mouse. On phones, rows are cards. */
export function RequestsTable({ rows, selected, onSelect, sort, onSort }: Props) {
  const { t } = useTranslation("admin");
  const body = useRef<HTMLTableSectionElement>(null);
  const latest = useRef({ selected, onSelect });
  latest.current = { selected, onSelect };

  const keys = useMemo<KeyTable>(() => {
    const links = () => [...(body.current?.querySelectorAll<HTMLElement>("a[data-row]") ?? [])];
    const move = (step: number) => () => {
      const all = links();
      const at = all.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
      const next = at === -1 ? (step > 0 ? 0 : all.length - 1) : at + step;
      all[Math.max(0, Math.min(all.length - 1, next))]?.focus();
    };
    const toggle = () => {
      const link = links().find((one) => one.closest("tr")?.contains(document.activeElement));
      const id = link?.dataset.row;
      if (id !== undefined) latest.current.onSelect(toggled(latest.current.selected, id));
    };
    return { j: move(1), k: move(-1), x: toggle };
  }, []);
  useKeys(keys);

  const areAll = rows.every(({ id }) => selected.has(id));
  return (
    <div className={`surface ${classes.frame}`}>
      <Table verticalSpacing="sm" highlightOnHover className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={56}>
              <Checkbox
                aria-label={t("requests.selectAll")}
                checked={areAll && rows.length > 0}
                indeterminate={!areAll && selected.size > 0}
                onChange={() => onSelect(areAll ? new Set() : new Set(rows.map(({ id }) => id)))}
                className={classes.check}
              />
            </Table.Th>
            <Table.Th>{t("requests.reference")}</Table.Th>
            <SortHeading name="startsAt" label={t("requests.when")} sort={sort} onSort={onSort} />
            <Table.Th>{t("requests.client")}</Table.Th>
            <Table.Th>{t("requests.service")}</Table.Th>
            <Table.Th>{t("requests.team")}</Table.Th>
            <Table.Th>{t("requests.states")}</Table.Th>
            <SortHeading name="createdAt" label={t("requests.made")} sort={sort} onSort={onSort} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          {rows.map((request) => (
            <Row
              key={request.id}
              request={request}
              isSelected={selected.has(request.id)}
              onToggle={() => onSelect(toggled(selected, request.id))}
            />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function toggled(selected: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}

interface RowProps {
  request: Request;
  isSelected: boolean;
  onToggle: () => void;
}

function Row({ request, isSelected, onToggle }: RowProps) {
  const { t } = useTranslation("admin");
  const formats = useFormats();
  const { timeZone, startsAt, endsAt } = request;
  return (
    <Table.Tr data-selected={isSelected || undefined}>
      <Table.Td className={classes.pick}>
        <Checkbox
          aria-label={t("requests.select", { reference: request.reference })}
          checked={isSelected}
          onChange={onToggle}
          className={classes.check}
        />
      </Table.Td>
      <Table.Td>
        <Link to={`/requests/${request.id}`} data-row={request.id} className={classes.reference}>
          {request.reference}
        </Link>
      </Table.Td>
      <Table.Td data-label={t("requests.when")} className={classes.when}>
        <Stack gap={0}>
          <Text span size="sm">
            {formats.dateShort(startsAt, timeZone)}
          </Text>
          <Text span size="sm" c="dimmed" className="tabular">
            {formats.timeRange(startsAt, endsAt, timeZone)}
          </Text>
        </Stack>
      </Table.Td>
      <Table.Td data-label={t("requests.client")}>
        <Stack gap={0}>
          <Text span size="sm">
            {request.client.name}
          </Text>
          <Text span size="sm" c="dimmed">
            {request.client.email}
          </Text>
        </Stack>
      </Table.Td>
      <Table.Td data-label={t("requests.service")}>
        <Text span size="sm">
          {request.service.name}
        </Text>
      </Table.Td>
      <Table.Td data-label={t("requests.team")}>
        <Stack gap={0}>
          <Text span size="sm">
            {request.team.name}
          </Text>
          <Text span size="sm" c="dimmed">
            {request.teamMember?.name ?? t("day.nobody")}
          </Text>
        </Stack>
      </Table.Td>
      <Table.Td data-label={t("requests.states")}>
        <Group gap={6} className={classes.states}>
          <Badge tt="none" variant="light" size="lg" color={statusColor(request.status)}>
            {statusWord(t, request.status)}
          </Badge>
          {request.bookingType === "emergency" ? (
            <Badge tt="none" variant="filled" size="lg" color="red">
              {t("requests.emergency")}
            </Badge>
          ) : null}
          <PaymentBadge status={request.paymentStatus} />
        </Group>
      </Table.Td>
      <Table.Td data-label={t("requests.made")}>
        <Text span size="sm" c="dimmed">
          {formats.dateShort(request.createdAt, timeZone)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

interface HeadingProps {
  name: "startsAt" | "createdAt";
  label: string;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

function SortHeading({ name, label, sort, onSort }: HeadingProps) {
  const isUp = sort === name;
  const isDown = sort === `-${name}`;
  return (
    <Table.Th aria-sort={isUp ? "ascending" : isDown ? "descending" : "none"}>
      <UnstyledButton className={classes.sort} onClick={() => onSort(isUp ? `-${name}` : name)}>
        {label}
        <span aria-hidden>{isUp ? " \u2191" : isDown ? " \u2193" : ""}</span>
      </UnstyledButton>
    </Table.Th>
  );
}
