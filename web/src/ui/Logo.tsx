import { Link } from "react-router";

import classes from "./Logo.module.css";

/** The product's mark and name; leads home. */
export function Logo({ home }: { home: string }) {
  return (
    <Link to={home} className={classes.logo} translate="no">
      <img src="/icon.svg" alt="" width={32} height={32} />
      <span>Daybook</span>
    </Link>
  );
}
