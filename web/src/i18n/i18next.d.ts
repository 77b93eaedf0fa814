import "i18next";

import type admin from "./en/admin.json";
import type booking from "./en/booking.json";
import type common from "./en/common.json";
import type office from "./en/office.json";
import type payment from "./en/payment.json";
import type portal from "./en/portal.json";
import type problems from "./en/problems.json";
import type settings from "./en/settings.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    returnNull: false;
    resources: {
      admin: typeof admin;
      booking: typeof booking;
      common: typeof common;
      office: typeof office;
      payment: typeof payment;
      portal: typeof portal;
      problems: typeof problems;
      settings: typeof settings;
    };
  }
}
