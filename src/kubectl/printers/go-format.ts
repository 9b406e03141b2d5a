/** Go's `fmt.Sprintf`. Upstream: Go fmt/print.go, fmt/format.go. */
import { utf8Encode } from "../../engine/base/base64.ts";
import { isObject } from "../../engine/base/json.ts";
import { CommandError } from "../errors.ts";
import {
  type GoValue,
  boxed,
  goNumber,
  goQuote,
  isNothing,
  isWhole,
  LIST,
  MAP,
  plain,
  twoDigitExponent,
} from "./go-value.ts";

interface Verb {
  verb: string;
  flags: string;
  width: number | undefined;
  precision: number | undefined;
}

const DIRECTIVE = /%([-+# 0]*)((?:\[[^\]]*\])?(?:\d+|\*)?)(?:\.((?:\[[^\]]*\])?(?:\d+|\*)?))?(\[[^\]]*\])?([^]|$)/gu;

/** Go's `%v`. */
export function goText(value: GoValue): string {
  return formatOne({ verb: "v", flags: "", width: undefined, precision: undefined }, value);
}

export function goFormat(format: string, args: readonly GoValue[]): string {
  const taker = new ArgumentTaker(args);
  const text = format.replace(
    DIRECTIVE,
    (_, flags: string, width: string, precision: string | undefined, index: string | undefined, verb: string) => {
      taker.begin();
      const asked: Verb = { verb, flags, width: undefined, precision: undefined };
      let problem = "";
      const wide = taker.number(width);
      if (wide === "bad") problem = "%!(BADWIDTH)";
      else if (wide !== undefined) asked.width = Math.abs(wide);
      if (typeof wide === "number" && wide < 0) asked.flags += "-";
      const exact = precision === undefined ? undefined : (taker.number(precision) ?? 0);
      if (exact === "bad") problem += "%!(BADPREC)";
      else if (exact !== undefined && exact >= 0) asked.precision = exact;
      // `%+v` asks for names of fields, not for a sign.
      if (verb === "v") asked.flags = asked.flags.replaceAll("+", "");
      if (index !== undefined) taker.moveTo(index);
      if (verb === "") return `${problem}%!(NOVERB)`;
      if (verb === "%") return `${problem}%`;
      const arg = taker.take();
      return problem + (typeof arg === "string" ? `%!${verb}(${arg})` : formatOne(asked, arg));
    },
  );
  const extra = taker.left().map((arg) => (isNothing(arg) ? "<nil>" : `${arg.type}=${goText(arg)}`));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

/** Arguments in their order, or as `%[n]d` names them. */
class ArgumentTaker {
  private next = 0;
  private reordered = false;
  private good = true;
  private readonly args: readonly GoValue[];

  constructor(args: readonly GoValue[]) {
    this.args = args;
  }

  begin(): void {
    this.good = true;
  }

  moveTo(index: string): void {
    const at = /^\[(\d+)\]$/.exec(index)?.[1];
    this.reordered = true;
    this.good = at !== undefined && Number(at) >= 1 && Number(at) <= this.args.length;
    if (this.good) this.next = Number(at) - 1;
  }

  /** A width or precision: digits, or `*` for an argument. */
  number(text: string): number | "bad" | undefined {
    const index = /^\[[^\]]*\]/.exec(text)?.[0];
    if (index !== undefined) this.moveTo(index);
    const rest = text.slice(index?.length ?? 0);
    if (rest !== "*") return rest === "" ? undefined : Number(rest);
    const arg = this.take();
    return typeof arg !== "string" && isWhole(arg.type) ? Number(arg.value) : "bad";
  }

  /** An argument, or why there is none. */
  take(): GoValue | "BADINDEX" | "MISSING" {
    if (!this.good) return "BADINDEX";
    return this.args[this.next++] ?? "MISSING";
  }

  left(): readonly GoValue[] {
    return this.reordered ? [] : this.args.slice(this.next);
  }
}

function formatOne(asked: Verb, arg: GoValue): string {
  const { verb, flags } = asked;
  const { type, value } = arg;
  if (verb === "T") return padded(isNothing(arg) ? "<nil>" : type, asked);
  if (isNothing(arg)) return verb === "v" ? padded("<nil>", asked) : `%!${verb}(<nil>)`;
  const bad = (): string => `%!${verb}(${type}=${goText(arg)})`;
  if (typeof value === "boolean") return verb === "t" || verb === "v" ? padded(String(value), asked) : bad();
  if (typeof value === "string") return formatString(asked, value) ?? bad();
  if (typeof value === "number") {
    return (isWhole(type) ? formatWhole(asked, value) : formatFloat(asked, value)) ?? bad();
  }
  const syntax = verb === "v" && flags.includes("#");
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => formatElement(asked, item));
    return syntax ? `${LIST}{${items.join(", ")}}` : `[${items.join(" ")}]`;
  }
  if (!isObject(value)) return bad();
  const entries = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${formatOne(asked, plain(key))}:${formatElement(asked, value[key])}`);
  return syntax ? `${MAP}{${entries.join(", ")}}` : `map[${entries.join(" ")}]`;
}

function formatElement(asked: Verb, value: unknown): string {
  const element = boxed(value);
  if (!isNothing(element)) return formatOne(asked, element);
  return asked.verb === "v" && asked.flags.includes("#") ? "interface {}(nil)" : "<nil>";
}

function formatString(asked: Verb, value: string): string | undefined {
  const { verb, flags, precision } = asked;
  const characters = Array.from(value);
  const cut = precision === undefined ? value : characters.slice(0, precision).join("");
  switch (verb) {
    case "v":
      return padded(flags.includes("#") ? goQuote(cut) : cut, asked);
    case "s":
      return padded(cut, asked);
    case "q": {
      const raw = flags.includes("#") && !/[\x00-\x08\x0a-\x1f\x7f`\ufeff]/.test(cut);
      return padded(raw ? `\`${cut}\`` : goQuote(cut, { ascii: flags.includes("+") }), asked);
    }
    case "x":
    case "X": {
      const bytes = utf8Encode(value).slice(0, precision);
      const prefix = flags.includes("#") && bytes.length > 0 ? "0x" : "";
      const pairs = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
      const text = flags.includes(" ") ? pairs.map((pair) => prefix + pair).join(" ") : prefix + pairs.join("");
      return padded(verb === "X" ? text.toUpperCase() : text, asked);
    }
    default:
      return undefined;
  }
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatWhole(asked: Verb, value: number): string | undefined {
  const { verb, flags, width, precision } = asked;
  const alternate = flags.includes("#");
  if (verb === "c") return padded(character(value), asked);
  if (verb === "q") return padded(goQuote(character(value), { quote: "'", ascii: flags.includes("+") }), asked);
  if (verb === "U") {
    const text = `U+${value
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(precision ?? 4, 4), "0")}`;
    return padded(alternate ? `${text} '${character(value)}'` : text, { ...asked, flags: flags.replaceAll("0", "") });
  }
  const base = BASES[verb];
  if (base === undefined) return undefined;
  const sign = signOf(value < 0, flags);
  if (precision === 0 && value === 0) return "".padStart(width ?? 0);
  const zeros = flags.includes("0") && !flags.includes("-") && width !== undefined && precision === undefined;
  let digits = Math.abs(value).toString(base);
  digits = digits.padStart(zeros ? width - sign.length : (precision ?? 0), "0");
  if (alternate && verb === "b") digits = `0b${digits}`;
  if (alternate && verb === "o" && !digits.startsWith("0")) digits = `0${digits}`;
  if (alternate && base === 16) digits = `0x${digits}`;
  if (verb === "O") digits = `0o${digits}`;
  const text = sign + (verb === "X" ? digits.toUpperCase() : digits);
  return padded(text, { ...asked, flags: flags.replaceAll("0", "") });
}

function character(code: number): string {
  return code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
}

function signOf(negative: boolean, flags: string): string {
  return negative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

function formatFloat(asked: Verb, value: number): string | undefined {
  const { verb, flags, width } = asked;
  const size = floatDigits(asked, Math.abs(value));
  if (size === undefined) return undefined;
  const sign = signOf(value < 0 || Object.is(value, -0), flags);
  const upper = verb === "E" || verb === "G" ? size.toUpperCase() : size;
  if (flags.includes("0") && !flags.includes("-")) return sign + upper.padStart((width ?? 0) - sign.length, "0");
  return padded(sign + upper, asked);
}

function floatDigits({ verb, precision }: Verb, size: number): string | undefined {
  switch (verb) {
    case "f":
    case "F":
      return size >= 1e21
        ? wholeDigits(size, precision ?? 6)
        : halfToEven(size.toFixed(precision ?? 6), size.toFixed((precision ?? 6) + 40));
    case "e":
    case "E":
      return twoDigitExponent(exponential(size, precision ?? 6));
    case "v":
    case "g":
    case "G":
      return precision === undefined ? goNumber(size) : general(size, precision === 0 ? 1 : precision);
    case "b":
    case "x":
    case "X":
      throw new CommandError(`the verb %${verb} for a float64 is not supported here`);
    default:
      return undefined;
  }
}

function wholeDigits(size: number, precision: number): string {
  return `${BigInt(size)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
}

function exponential(size: number, precision: number): string {
  const [mantissa = "", exponent = ""] = size.toExponential(precision).split("e");
  const [longer = ""] = size.toExponential(Math.min(precision + 40, 100)).split("e");
  return `${halfToEven(mantissa, longer)}e${exponent}`;
}

/** JavaScript rounds a half up, Go to the even digit. `longer`: the same number with more digits. */
function halfToEven(rounded: string, longer: string): string {
  const cut = longer.slice(0, rounded.length);
  if (cut === rounded || !/^\.?50*$/.test(longer.slice(rounded.length))) return rounded;
  return /[02468]$/.test(cut) ? cut : rounded;
}

/** So many significant digits, without zeros at the end. */
function general(size: number, precision: number): string {
  const [mantissa = "", exponent = "0"] = exponential(size, precision - 1).split("e");
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  if (size !== 0 && (Number(exponent) < -4 || Number(exponent) >= precision)) {
    return twoDigitExponent(`${trimmed}e${exponent}`);
  }
  const fixed = size.toFixed(Math.max(precision - 1 - Number(exponent), 0));
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}

function padded(text: string, { flags, width = 0 }: Verb): string {
  const blanks = width - Array.from(text).length;
  if (blanks <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(blanks);
  return (flags.includes("0") ? "0" : " ").repeat(blanks) + text;
}
