import { describe, expect, it } from "vitest";

import { Formats, minorDigits } from "../../src/i18n/formats";
import { formatLocale, preferredLanguage } from "../../src/i18n/languages";

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

describe("money", () => {
  it("has as many digits as its currency", () => {
    expect(["EUR", "JPY", "KWD"].map(minorDigits)).toEqual([2, 0, 3]);
    expect(plain(new Formats("en-GB").money({ amount: 12_950, currency: "EUR" }))).toBe(
      "\u20ac129.50",
    );
    expect(plain(new Formats("de").money({ amount: 12_900, currency: "EUR" }))).toBe("129 \u20ac");
    expect(plain(new Formats("en").money({ amount: 1_500, currency: "JPY" }))).toBe("\u00a51,500");
  });
});

describe("times", () => {
  it("are those of the zone that is asked for", () => {
    const formats = new Formats("en-GB");
    const instant = "2026-11-22T08:30:00Z";
    expect(formats.time(instant, "Europe/Berlin")).toBe("09:30");
    expect(formats.time(instant, "America/New_York")).toBe("03:30");
  });

  it("keep the region when only the language has a catalogue", () => {
    expect(formatLocale("en", ["de-DE", "en-GB"])).toBe("en-GB");
    expect(formatLocale("es", ["en-US"])).toBe("es");
    expect(preferredLanguage(["fr-FR", "de-AT", "en"])).toBe("de");
    expect(preferredLanguage(["fr"])).toBe("en");
  });

  it("say lengths in hours and minutes", () => {
    const formats = new Formats("en-GB");
    expect(formats.duration(45)).toBe("45 mins");
    expect(plain(formats.duration(90))).toBe("1 hr 30 mins");
    expect(formats.duration(0)).toBe("0 mins");
  });

  it("do not shift calendar days into another zone", () => {
    expect(new Formats("en-GB").day("2026-03-29")).toBe("Sunday, 29 March 2026");
  });

  it("know where the week begins", () => {
    expect(new Formats("en-US").weekStart()).toBe(7);
    expect(new Formats("de-DE").weekStart()).toBe(1);
  });
});
