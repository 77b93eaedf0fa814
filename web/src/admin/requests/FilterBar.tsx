import {
  Button,
  Collapse,
  Group,
  MultiSelect,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
} from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { IconSearch, IconX } from "../../ui/icons";
import { useMembers, useServices, useTeams } from "../data/catalog";
import { IconFilter } from "../lib/icons";
import {
  activeCount,
  NO_FILTER,
  PAYMENTS,
  RANGES,
  type RequestFilter,
  SEARCH_CHARS_MAX,
} from "./filters";
import { STATUSES } from "./steps";
import { DayInput } from "../lib/DayInput";

/** How long after the last letter the search is sent. */
const TYPING_MS = 300;

interface Props {
  filter: RequestFilter;
  onChange: (filter: RequestFilter) => void;
  /** Whether the search box takes the focus, for those who come by the key. */
  isFocused: boolean;
}

interface Named {
  id: string;
  name: string;
}

const options = (list: readonly Named[] | undefined) =>
  (list ?? []).map(({ id, name }) => ({ value: id, label: name }));

/** One search box, and the filters that narrow it. */
export function FilterBar({ filter, onChange, isFocused }: Props) {
  const { t } = useTranslation("admin");
  const [isOpen, more] = useDisclosure(
    filter.serviceId !== undefined || filter.memberId !== undefined || filter.from !== undefined,
  );
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isFocused) box.current?.focus();
  }, [isFocused]);
  const put = (change: Partial<RequestFilter>) => onChange({ ...filter, ...change });
  const count = activeCount(filter);

  return (
    <Stack gap="sm" role="search" aria-label={t("filter.label")}>
      <Group gap="sm" align="flex-end">
        <SearchBox filter={filter} onChange={onChange} box={box} />
        <MultiSelect
          aria-label={t("filter.status")}
          placeholder={filter.statuses.length === 0 ? t("filter.anyStatus") : ""}
          data={STATUSES.map((status) => ({ value: status, label: t(`status.${status}`) }))}
          value={[...filter.statuses]}
          onChange={(next) => put({ statuses: STATUSES.filter((one) => next.includes(one)) })}
          size="md"
          miw={200}
          flex="1 1 200px"
          clearable
          clearButtonProps={{ "aria-label": t("filter.anyStatus") }}
        />
        <TeamSelect filter={filter} onChange={onChange} />
        <Button
          variant="default"
          leftSection={<IconFilter size={18} />}
          aria-expanded={isOpen}
          onClick={more.toggle}
        >
          {count > 0 ? t("filter.more", { count }) : t("filter.filters")}
        </Button>
        {count > 0 ? (
          <Button
            variant="subtle"
            leftSection={<IconX size={18} />}
            onClick={() => onChange({ ...NO_FILTER, sort: filter.sort })}
          >
            {t("filter.clear")}
          </Button>
        ) : null}
      </Group>
      <Collapse expanded={isOpen}>
        {isOpen ? <MoreFilters filter={filter} put={put} /> : null}
      </Collapse>
    </Stack>
  );
}

interface SearchProps {
  filter: RequestFilter;
  onChange: (filter: RequestFilter) => void;
  box: React.RefObject<HTMLInputElement | null>;
}

/** Sends what is typed after a pause, and follows the address when it changes by itself. */
function SearchBox({ filter, onChange, box }: SearchProps) {
  const { t } = useTranslation("admin");
  const [text, setText] = useState(filter.q ?? "");
  const [known, setKnown] = useState(filter.q);
  if (known !== filter.q) {
    setKnown(filter.q);
    if (text.trim() !== (filter.q ?? "")) setText(filter.q ?? "");
  }
  const send = useDebouncedCallback((value: string) => {
    const q = value.trim();
    const { q: _old, ...rest } = filter;
    onChange(q === "" ? rest : { ...rest, q });
  }, TYPING_MS);
  return (
    <TextInput
      ref={box}
      type="search"
      data-search
      aria-label={t("filter.search")}
      placeholder={t("filter.searchText")}
      leftSection={<IconSearch size={18} />}
      value={text}
      maxLength={SEARCH_CHARS_MAX}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
      flex="1 1 280px"
    />
  );
}

function TeamSelect({ filter, onChange }: Omit<SearchProps, "box">) {
  const { t } = useTranslation("admin");
  const teams = useTeams();
  return (
    <Select
      aria-label={t("filter.team")}
      placeholder={t("filter.anyTeam")}
      data={options(teams.data)}
      value={filter.teamId ?? null}
      onChange={(teamId) => {
        const { teamId: _old, ...rest } = filter;
        onChange(teamId === null ? rest : { ...rest, teamId });
      }}
      flex="1 1 180px"
      clearable
      searchable
      clearButtonProps={{ "aria-label": t("filter.anyTeam") }}
    />
  );
}

interface MoreProps {
  filter: RequestFilter;
  put: (change: Partial<RequestFilter>) => void;
}

function MoreFilters({ filter, put }: MoreProps) {
  const { t } = useTranslation("admin");
  const { t: said } = useTranslation("payment");
  const services = useServices();
  const members = useMembers();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} className="surface" p="md">
      <Select
        label={t("filter.service")}
        data={options(services.data)}
        value={filter.serviceId ?? null}
        onChange={(serviceId) => put({ serviceId: serviceId ?? undefined })}
        clearable
        searchable
        clearButtonProps={{ "aria-label": t("action.clear") }}
      />
      <Select
        label={t("filter.member")}
        data={options(members.data)}
        value={filter.memberId ?? null}
        onChange={(memberId) => put({ memberId: memberId ?? undefined })}
        clearable
        searchable
        clearButtonProps={{ "aria-label": t("action.clear") }}
      />
      <Select
        label={t("filter.payment")}
        data={PAYMENTS.map((payment) => ({ value: payment, label: said(`status.${payment}`) }))}
        value={filter.payment ?? null}
        onChange={(next) => put({ payment: PAYMENTS.find((one) => one === next) })}
        clearable
        clearButtonProps={{ "aria-label": t("action.clear") }}
      />
      <Select
        label={t("filter.range")}
        data={RANGES.map((range) => ({ value: range, label: t(`range.${range}`) }))}
        value={filter.range ?? null}
        onChange={(next) =>
          put({ range: RANGES.find((one) => one === next), from: undefined, to: undefined })
        }
        clearable
        clearButtonProps={{ "aria-label": t("action.clear") }}
      />
      <DayInput
        label={t("filter.from")}
        value={filter.from ?? null}
        onChange={(from) => put({ from: from ?? undefined, range: undefined })}
        size="md"
        clearable
        clearButtonProps={{ "aria-label": t("action.clear") }}
      />
      <DayInput
        label={t("filter.to")}
        value={filter.to ?? null}
        onChange={(to) => put({ to: to ?? undefined, range: undefined })}
        size="md"
        clearable
        clearButtonProps={{ "aria-label": t("action.clear") }}
      />
    </SimpleGrid>
  );
}
