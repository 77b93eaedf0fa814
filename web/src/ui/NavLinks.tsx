import { NavLink } from "react-router";

import classes from "./NavLinks.module.css";

export interface NavItem {
  to: string;
  label: string;
  /** How many things wait there. */
  count?: number;
}

/** The pages of an application, side by side. */
export function NavLinks({ label, items }: { label: string; items: NavItem[] }) {
  return (
    <nav aria-label={label} className={classes.nav}>
      <ul>
        {items.map(({ to, label: text, count }) => (
          <li key={to}>
            <NavLink to={to} className={classes.link ?? ""}>
              {text}
              {count === undefined || count === 0 ? null : (
                <span className={classes.count}>{count}</span>
              )}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
