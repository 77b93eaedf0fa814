import type { ComponentType } from "react";

import {
  IconBell,
  IconCalendar,
  IconCash,
  IconClock,
  IconHistory,
  IconTag,
  IconUser,
  IconUsers,
  IconZone,
} from "../../ui/icons";
import {
  IconActivity,
  IconAdjustments,
  IconBookmark,
  IconBriefcase,
  IconCalculator,
  IconCar,
  IconChart,
  IconCoins,
  IconGauge,
  IconGrid,
  IconList,
  IconMail,
  IconScale,
  IconShare,
  IconToday,
} from "../lib/icons";
import { type Ability, type StaffRole, can } from "../lib/roles";

export type PageKey =
  | "today"
  | "board"
  | "requests"
  | "capacity"
  | "hours"
  | "figures"
  | "services"
  | "teams"
  | "members"
  | "resources"
  | "promos"
  | "surcharges"
  | "rates"
  | "rounding"
  | "simulator"
  | "reminders"
  | "feeds"
  | "letters"
  | "reconciliation"
  | "schedule"
  | "webhooks"
  | "users"
  | "audit"
  | "system";

export type Section = "work" | "setup" | "records";

export interface PageEntry {
  key: PageKey;
  section: Section;
  path: string;
  icon: ComponentType<{ size?: number | string; stroke?: number | string }>;
  ability: Ability;
}

/** Every page of the navigation, in its order. */
export const PAGES: readonly PageEntry[] = [
  { key: "today", section: "work", path: "/", icon: IconToday, ability: "view-team" },
  { key: "board", section: "work", path: "/availability", icon: IconGrid, ability: "view-team" },
  { key: "requests", section: "work", path: "/requests", icon: IconList, ability: "view-team" },
  {
    key: "capacity",
    section: "work",
    path: "/capacity",
    icon: IconAdjustments,
    ability: "view-team",
  },
  { key: "hours", section: "work", path: "/hours", icon: IconClock, ability: "view-team" },
  { key: "figures", section: "work", path: "/figures", icon: IconChart, ability: "view-team" },
  { key: "services", section: "setup", path: "/services", icon: IconTag, ability: "view-team" },
  { key: "teams", section: "setup", path: "/teams", icon: IconUsers, ability: "view-team" },
  { key: "members", section: "setup", path: "/members", icon: IconUser, ability: "view-team" },
  {
    key: "resources",
    section: "setup",
    path: "/resources",
    icon: IconCar,
    ability: "view-team",
  },
  { key: "promos", section: "setup", path: "/promos", icon: IconBookmark, ability: "view-team" },
  {
    key: "surcharges",
    section: "setup",
    path: "/surcharges",
    icon: IconGauge,
    ability: "view-team",
  },
  { key: "rates", section: "setup", path: "/rates", icon: IconCash, ability: "view-team" },
  {
    key: "rounding",
    section: "setup",
    path: "/rounding",
    icon: IconCoins,
    ability: "view-team",
  },
  {
    key: "simulator",
    section: "setup",
    path: "/simulator",
    icon: IconCalculator,
    ability: "view-team",
  },
  {
    key: "reminders",
    section: "setup",
    path: "/reminders",
    icon: IconBell,
    ability: "view-team",
  },
  {
    key: "feeds",
    section: "setup",
    path: "/feeds",
    icon: IconShare,
    ability: "edit-catalog",
  },
  {
    key: "webhooks",
    section: "setup",
    path: "/webhooks",
    icon: IconZone,
    ability: "manage-webhooks",
  },
  {
    key: "users",
    section: "setup",
    path: "/users",
    icon: IconBriefcase,
    ability: "view-users",
  },
  {
    key: "letters",
    section: "records",
    path: "/letters",
    icon: IconMail,
    ability: "tend-letters",
  },
  {
    key: "reconciliation",
    section: "records",
    path: "/reconciliation",
    icon: IconScale,
    ability: "handle-money",
  },
  {
    key: "schedule",
    section: "records",
    path: "/schedule",
    icon: IconCalendar,
    ability: "view-schedule",
  },
  { key: "audit", section: "records", path: "/audit", icon: IconHistory, ability: "view-audit" },
  {
    key: "system",
    section: "records",
    path: "/system",
    icon: IconActivity,
    ability: "view-operations",
  },
];

export const SECTIONS: readonly Section[] = ["work", "setup", "records"];

export function pagesFor(role: StaffRole): PageEntry[] {
  return PAGES.filter(({ ability }) => can(role, ability));
}
