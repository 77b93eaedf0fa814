/** Amounts are minor units of a currency, as on the wire. */
export interface Money {
  amount: number;
  currency: string;
}

const CACHE_MAX = 256;
const cache = new Map<string, unknown>();

/** Building an Intl formatter costs far more than using it, so each is built once. */
function cached<T>(key: string, build: () => T): T {
  const found = cache.get(key);
  if (found !== undefined) return found as T;
  if (cache.size >= CACHE_MAX) cache.clear();
  const built = build();
  cache.set(key, built);
  return built;
}

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${locale}${JSON.stringify(options)}`;
  return cached(key, () => new Intl.DateTimeFormat(locale, options));
}

/** How many digits a currency's minor unit has: 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: string): number {
  return cached(`m${currency}`, () => {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  });
}

/** Noon in UTC of a calendar day, for formatting days that have no time. */
function noonOf(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

const MINUTES_PER_HOUR = 60;

/** Formats for one locale. Instants take a zone, because the same instant is another time elsewhere. */
export class Formats {
  readonly locale: string;

  constructor(locale: string) {
    this.locale = locale;
  }

  money({ amount, currency }: Money): string {
    const digits = minorDigits(currency);
    const isWhole = amount % 10 ** digits === 0;
    const shown = isWhole ? 0 : digits;
    const key = `n${this.locale}${currency}${shown}`;
    return cached(
      key,
      () =>
        new Intl.NumberFormat(this.locale, {
          style: "currency",
          currency,
          minimumFractionDigits: shown,
          maximumFractionDigits: shown,
        }),
    ).format(amount / 10 ** digits);
  }

  number(value: number, options: Intl.NumberFormatOptions = {}): string {
    const key = `n${this.locale}${JSON.stringify(options)}`;
    return cached(key, () => new Intl.NumberFormat(this.locale, options)).format(value);
  }

  percent(ratio: number): string {
    return this.number(ratio, { style: "percent", maximumFractionDigits: 0 });
  }

  /** Time of day. */
  time(instant: string | number | Date, timeZone: string): string {
    return dateFormat(this.locale, { timeStyle: "short", timeZone }).format(new Date(instant));
  }

  timeRange(from: string, to: string, timeZone: string): string {
    const format = dateFormat(this.locale, { timeStyle: "short", timeZone });
    return format.formatRange(new Date(from), new Date(to));
  }

  /** A day with its weekday: for headings. */
  date(instant: string | number | Date, timeZone: string): string {
    return dateFormat(this.locale, { dateStyle: "full", timeZone }).format(new Date(instant));
  }

  dateShort(instant: string | number | Date, timeZone: string): string {
    return dateFormat(this.locale, {
      weekday: "short",
      day: "numeric",
      month: "short",
      timeZone,
    }).format(new Date(instant));
  }

  dateTime(instant: string | number | Date, timeZone: string): string {
    return dateFormat(this.locale, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone,
    }).format(new Date(instant));
  }

  /** A calendar day (`YYYY-MM-DD`), which is the same in every zone. */
  day(day: string): string {
    return dateFormat(this.locale, { dateStyle: "full", timeZone: "UTC" }).format(noonOf(day));
  }

  dayShort(day: string): string {
    return this.dateShort(noonOf(day), "UTC");
  }

  dayNumber(day: string): string {
    return dateFormat(this.locale, { day: "numeric", timeZone: "UTC" }).format(noonOf(day));
  }

  month(day: string): string {
    return dateFormat(this.locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(
      noonOf(day),
    );
  }

  /** Name of an ISO weekday, 1 for Monday. */
  weekday(iso: number, width: "long" | "short" | "narrow"): string {
    // 2024-01-01 was a Monday.
    const day = new Date(Date.UTC(2024, 0, iso, 12));
    return dateFormat(this.locale, { weekday: width, timeZone: "UTC" }).format(day);
  }

  /** A length of time, such as "1 hr 30 min". */
  duration(minutes: number): string {
    const hours = Math.floor(minutes / MINUTES_PER_HOUR);
    const rest = minutes % MINUTES_PER_HOUR;
    const parts: string[] = [];
    const unit = (value: number, name: "hour" | "minute") =>
      this.number(value, { style: "unit", unit: name, unitDisplay: "short" });
    if (hours > 0) parts.push(unit(hours, "hour"));
    if (rest > 0 || hours === 0) parts.push(unit(rest, "minute"));
    return parts.join(" ");
  }

  /** How far away an instant is, in the largest unit that fits: "in 3 days". */
  relative(instant: string | number | Date, nowMs: number): string {
    const seconds = (new Date(instant).getTime() - nowMs) / 1_000;
    const steps: [Intl.RelativeTimeFormatUnit, number][] = [
      ["day", 86_400],
      ["hour", 3_600],
      ["minute", 60],
    ];
    const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
    const format = cached(
      `r${this.locale}`,
      () => new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }),
    );
    return format.format(Math.trunc(seconds / size), unit);
  }

  list(items: string[]): string {
    return cached(
      `l${this.locale}`,
      () => new Intl.ListFormat(this.locale, { type: "conjunction" }),
    ).format(items);
  }

  /** A zone's name for people: "Central European Time (Berlin)". */
  zone(timeZone: string): string {
    const parts = dateFormat(this.locale, {
      timeZone,
      timeZoneName: "longGeneric",
    }).formatToParts(new Date(0));
    const name = parts.find((part) => part.type === "timeZoneName")?.value ?? timeZone;
    const city = timeZone.split("/").at(-1)?.replaceAll("_", " ") ?? timeZone;
    return name.includes(city) ? name : `${name} (${city})`;
  }

  /** The first day of the week here, 1 for Monday. */
  weekStart(): number {
    return cached(`w${this.locale}`, () => {
      const locale = new Intl.Locale(this.locale) as Intl.Locale & {
        getWeekInfo?: () => { firstDay: number };
        weekInfo?: { firstDay: number };
      };
      return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
    });
  }
}

/** The formats of a locale, built once. */
export function formatsFor(locale: string): Formats {
  return cached(`F${locale}`, () => new Formats(locale));
}
