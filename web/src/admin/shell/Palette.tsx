import "@mantine/spotlight/styles.css";

import { Spotlight, type SpotlightActionData, spotlight } from "@mantine/spotlight";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { IconCalendar, IconSearch } from "../../ui/icons";
import { useTeams } from "../data/catalog";
import { useAccount } from "./Account";
import { useKeysOn } from "./keys";
import { pagesFor } from "./pages";

/** Most entries that are shown at once. */
const ENTRIES_MAX = 8;

/** Everywhere one can go, by typing: pages, teams, and any reference or name. */
export default function Palette() {
  const { t } = useTranslation("admin");
  const { role } = useAccount();
  const navigate = useNavigate();
  const keysOn = useKeysOn();
  const teams = useTeams();
  const [query, setQuery] = useState("");
  // Fetched when it is first asked for, it opens as soon as it is there.
  useEffect(() => spotlight.open(), []);

  const actions = useMemo<SpotlightActionData[]>(() => {
    const go = (path: string) => () => void navigate(path);
    const text = query.trim();
    const search: SpotlightActionData[] =
      text === ""
        ? []
        : [
            {
              id: "search",
              label: t("palette.search", { text }),
              keywords: [text],
              leftSection: <IconSearch size={20} />,
              onClick: go(`/requests?q=${encodeURIComponent(text)}`),
            },
          ];
    const pages = pagesFor(role).map(({ key, path, icon: Icon }) => ({
      id: `page:${key}`,
      label: t(`page.${key}`),
      leftSection: <Icon size={20} />,
      onClick: go(path),
    }));
    const days = (teams.data ?? []).map(({ id, name }) => ({
      id: `team:${id}`,
      label: t("palette.team", { name }),
      leftSection: <IconCalendar size={20} />,
      onClick: go(`/capacity?team=${id}`),
    }));
    return [...pages, ...days, ...search];
  }, [navigate, query, role, t, teams.data]);

  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      shortcut={keysOn ? "mod + K" : null}
      nothingFound={t("palette.nothing")}
      attributes={{ content: { "aria-label": t("palette.open") } }}
      limit={ENTRIES_MAX}
      highlightQuery={false}
      searchProps={{
        leftSection: <IconSearch size={20} />,
        placeholder: t("palette.placeholder"),
        "aria-label": t("palette.placeholder"),
      }}
    />
  );
}
