import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { AREAS } from "../../src/i18n";
import { LANGUAGES } from "../../src/i18n/languages";
import { pseudo } from "../../src/i18n/pseudo";

const web = join(import.meta.dirname, "../..");
type Catalogue = Map<string, string>;

function flatten(value: unknown, path: string, into: Catalogue): Catalogue {
  if (typeof value === "string") into.set(path, value);
  else if (typeof value === "object" && value !== null) {
    Object.entries(value).forEach(([key, inner]) => {
      flatten(inner, path === "" ? key : `${path}.${key}`, into);
    });
  }
  return into;
}

function read(language: string, area: string): Catalogue {
  const file = join(web, `src/i18n/${language}/${area}.json`);
  return flatten(JSON.parse(readFileSync(file, "utf8")), "", new Map());
}

const PLURAL = /_(zero|one|two|few|many|other)$/;
const stem = (key: string) => key.replace(PLURAL, "");
const stems = (catalogue: Catalogue) => [...new Set([...catalogue.keys()].map(stem))].sort();
const placeholders = (text: string) => [...new Set(text.match(/\{\{\s*[\w]+/g) ?? [])].sort();

describe.each(AREAS)("the catalogue of %s", (area) => {
  const english = read("en", area);

  it.each(LANGUAGES)("says everything in %s that it says in English", (language) => {
    expect(stems(read(language, area))).toEqual(stems(english));
  });

  it.each(LANGUAGES)("has every plural form that %s needs", (language) => {
    const catalogue = read(language, area);
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const counted = new Set([...catalogue.keys()].filter((key) => PLURAL.test(key)).map(stem));
    counted.forEach((key) => {
      wanted.forEach((form) =>
        expect(catalogue, `${key}_${form}`).satisfy((one: Catalogue) => one.has(`${key}_${form}`)),
      );
    });
  });

  it.each(LANGUAGES)("asks for the same values in %s", (language) => {
    read(language, area).forEach((text, key) => {
      expect(text.trim(), key).not.toBe("");
      const source = english.get(key) ?? english.get(`${stem(key)}_other`) ?? "";
      // A form for one or two may leave the number out, because the word says it.
      const known = placeholders(source);
      placeholders(text).forEach((one) => expect(known, `${language} ${key}`).toContain(one));
    });
  });
});

describe("words for problems", () => {
  const codes = [
    ...readFileSync(join(web, "../src/http/codes.rs"), "utf8").matchAll(
      /^ {4}\w+ +"([a-z-]+)" +[A-Z_]+ /gm,
    ),
  ].map((match) => match[1] ?? "");

  it("finds the server's table", () => {
    expect(codes.length).toBeGreaterThan(40);
    expect(codes).toContain("slot-taken");
  });

  it.each(LANGUAGES)("exist for every code in %s", (language) => {
    const catalogue = read(language, "problems");
    codes.forEach((code) => {
      expect(catalogue, code).satisfy((one: Catalogue) => one.has(`${code}.title`));
      expect(catalogue, code).satisfy((one: Catalogue) => one.has(`${code}.text`));
    });
  });
});

describe("the pseudo language", () => {
  it("lengthens words and leaves placeholders alone", () => {
    expect(pseudo("Hold for {{minutes}}")).toMatch(/^\[Höld för \{\{minutes\}\}~+\]$/);
  });
});
