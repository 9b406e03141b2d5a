/**
 * Turns a key and values into a sentence. A catalogue holds plain strings with two forms of placeholder:
 * `{name}` takes a value, `{count|pod|pods}` takes one of the written forms by the language's plural rules,
 * in the order that `Intl.PluralRules` lists its categories for that language (English: one, other).
 */
import { create } from "zustand";
import type { Message } from "../../worker/protocol.ts";
import { remember } from "../state/storage.ts";
import { en } from "./en.ts";

export type WordKey = keyof typeof en;
export type Catalogue = Record<WordKey, string>;
export type Values = Record<string, string | number>;

/** Other languages: one file each beside `en.ts`, exporting `name` and `words`; found at build time, loaded when chosen. */
const others = import.meta.glob<{ name: string; words: Catalogue }>([
  "./*.ts",
  "!./en.ts",
  "!./*.test.ts",
  "!./translate.ts",
]);

const codeOf = (path: string): string => path.slice(2, -3);

export const languageCodes: string[] = ["en", ...Object.keys(others).map(codeOf)];

interface WordsState {
  code: string;
  catalogue: Catalogue;
  choose(code: string): Promise<void>;
}

export const useWords = create<WordsState>((set) => ({
  code: "en",
  catalogue: en,
  async choose(code) {
    const load = others[`./${code}.ts`];
    const catalogue = load === undefined ? en : (await load()).words;
    const chosen = load === undefined ? "en" : code;
    if (typeof document !== "undefined") document.documentElement.lang = chosen;
    set({ code: chosen, catalogue });
  },
}));

export function chooseLanguage(code: string): void {
  remember("language", code);
  void useWords.getState().choose(code);
}

export function format(pattern: string, values: Values, language: string): string {
  return pattern.replace(/\{(\w+)((?:\|[^{}|]*)*)\}/g, (whole, name: string, forms: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    const { numbers, plurals, categories } = rulesOf(language);
    if (forms === "") return typeof value === "number" ? numbers.format(value) : value;
    const written = forms.slice(1).split("|");
    const index = categories.indexOf(plurals.select(Number(value)));
    return written[Math.min(index, written.length - 1)] ?? "";
  });
}

interface Rules {
  numbers: Intl.NumberFormat;
  plurals: Intl.PluralRules;
  categories: Intl.LDMLPluralRule[];
}

/** A thousand nodes say several sentences each, several times a second: the rules are looked up once. */
const rules = new Map<string, Rules>();

function rulesOf(language: string): Rules {
  let known = rules.get(language);
  if (known === undefined) {
    const plurals = new Intl.PluralRules(language);
    const categories = plurals.resolvedOptions().pluralCategories.toSorted(byPluralOrder);
    known = { numbers: new Intl.NumberFormat(language), plurals, categories };
    rules.set(language, known);
  }
  return known;
}

const pluralOrder = ["zero", "one", "two", "few", "many", "other"];

function byPluralOrder(a: string, b: string): number {
  return pluralOrder.indexOf(a) - pluralOrder.indexOf(b);
}

export type Translate = (key: WordKey, values?: Values) => string;

/** For code outside of components; a component uses `useT` so that it is drawn anew in another language. */
export const t: Translate = (key, values = {}) => {
  const { catalogue, code } = useWords.getState();
  return format(catalogue[key] ?? en[key], values, code);
};

export function useT(): Translate {
  useWords((state) => state.code);
  return t;
}

/** A message of the worker. A key that the catalogue lacks is shown as it is, so that a gap is seen and not hidden. */
export function say(message: Message): string {
  return message.key in en ? t(message.key as WordKey, message.values) : message.key;
}
