import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";

import { SECTIONS, type PageEntry } from "./pages";
import classes from "./shell.module.css";

/** The pages somebody may open, by what they are for. */
export function Navigation({ pages }: { pages: readonly PageEntry[] }) {
  const { t } = useTranslation("admin");
  return SECTIONS.map((section) => {
    const shown = pages.filter((page) => page.section === section);
    if (shown.length === 0) return null;
    return (
      <div key={section} role="group" aria-label={t(`section.${section}`)}>
        <div className={classes.section} aria-hidden>
          {t(`section.${section}`)}
        </div>
        {shown.map(({ key, path, icon: Icon }) => (
          <NavLink key={key} to={path} end={path === "/"} className={classes.link}>
            <Icon size={20} stroke={1.6} />
            {t(`page.${key}`)}
          </NavLink>
        ))}
      </div>
    );
  });
}
