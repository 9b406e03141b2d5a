/** `printf`: the format is used again until all arguments are. Dates by `%(…)T` as in bash. */
import { expandEscapes } from "./echo-text.ts";
import { formatDate } from "./date-format.ts";

export interface Formatted {
  text: string;
  /** Messages without prefix; each makes the status 1. */
  errors: string[];
}

export function formatPrintf(
  format: string,
  args: readonly string[],
  options: { now: number; quote: (text: string) => string },
): Formatted {
  const errors: string[] = [];
  let text = "";
  let at = 0;
  const next = (): string | undefined => args[at++];
  do {
    const before = at;
    for (const piece of format.matchAll(/%(%|\(([^)]*)\)T|([-+ 0#]*)(\*|\d+)?(?:\.(\*|-?\d+)?)?([a-zA-Z])?)|[^%]+/g)) {
      const [all, spec, date, flags = "", widthText, precisionText, kind] = piece;
      if (spec === undefined) {
        const escaped = expandEscapes(all, false);
        text += escaped.text;
        if (escaped.stopped) return { text, errors };
        continue;
      }
      if (spec === "%") {
        text += "%";
        continue;
      }
      if (date !== undefined) {
        const given = next();
        text += formatDate(
          given === undefined || given === "-1" || given === "-2" ? options.now : Number(given) * 1000,
          date === "" ? "%H:%M:%S" : date,
        );
        continue;
      }
      const width = widthText === "*" ? Number(next() ?? 0) : Number(widthText ?? 0);
      const hasPrecision = /\.(\*|-?\d+)?[a-zA-Z]?$/.test(spec);
      const precision = !hasPrecision
        ? undefined
        : precisionText === "*"
          ? Number(next() ?? 0)
          : Number(precisionText ?? 0);
      if (kind === undefined) {
        errors.push(`\`${all}': missing format character`);
        return { text, errors };
      }
      const converted = convert({ kind, flags, precision, arg: next(), errors, quote: options.quote });
      if (converted === undefined) {
        errors.push(`\`${kind}': invalid format character`);
        return { text, errors };
      }
      text += pad(
        converted.text,
        Math.abs(width),
        width < 0 ? `-${flags}` : flags,
        converted.numeric && precision === undefined,
      );
      if (converted.stop) return { text, errors };
    }
    if (at === before) break;
  } while (at < args.length);
  return { text, errors };
}

interface Conversion {
  kind: string;
  flags: string;
  precision: number | undefined;
  arg: string | undefined;
  errors: string[];
  quote: (text: string) => string;
}

function convert(what: Conversion): { text: string; numeric: boolean; stop?: boolean } | undefined {
  const { kind, flags, precision, arg, errors } = what;
  const sign = (value: number): string =>
    flags.includes("+") && value >= 0 ? "+" : flags.includes(" ") && value >= 0 ? " " : "";
  switch (kind) {
    case "s":
      return { text: [...(arg ?? "")].slice(0, precision).join(""), numeric: false };
    case "c":
      return { text: (arg ?? "").slice(0, 1), numeric: false };
    case "b": {
      const escaped = expandEscapes(arg ?? "", true);
      return { text: escaped.text, numeric: false, stop: escaped.stopped };
    }
    case "q":
      return {
        text: arg === undefined || arg === "" ? "''" : /^[\w@%+=:,./-]+$/.test(arg) ? arg : what.quote(arg),
        numeric: false,
      };
    case "d":
    case "i":
    case "u": {
      const value = integer(arg, errors);
      const digits = String(Math.abs(value)).padStart(precision ?? 0, "0");
      return { text: `${value < 0 ? "-" : sign(value)}${digits}`, numeric: true };
    }
    case "x":
    case "X":
    case "o": {
      const value = integer(arg, errors);
      const digits = (value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value))
        .toString(kind === "o" ? 8 : 16)
        .padStart(precision ?? 0, "0");
      const prefix = flags.includes("#") && value !== 0 ? (kind === "o" ? "0" : "0x") : "";
      const text = prefix + digits;
      return { text: kind === "X" ? text.toUpperCase() : text, numeric: true };
    }
    case "f":
    case "F":
    case "e":
    case "E":
    case "g":
    case "G": {
      const value = Number(arg ?? "0");
      if (Number.isNaN(value)) errors.push(`${arg}: invalid number`);
      const number = Number.isNaN(value) ? 0 : value;
      return { text: sign(number) + float(number, kind, precision ?? 6), numeric: true };
    }
    default:
      return undefined;
  }
}

function float(value: number, kind: string, precision: number): string {
  const lower = kind.toLowerCase();
  const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, "e$10$2");
  let text: string;
  if (lower === "f") text = value.toFixed(precision);
  else if (lower === "e") text = exponent(value.toExponential(precision));
  else text = exponent(String(Number(value.toPrecision(Math.max(1, precision)))));
  return kind === lower ? text : text.toUpperCase();
}

function integer(arg: string | undefined, errors: string[]): number {
  if (arg === undefined || arg === "") return 0;
  if (/^["']/.test(arg)) return arg.codePointAt(1) ?? 0;
  const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)/.exec(arg);
  const whole = match !== null && match[0].length === arg.length;
  if (!whole) errors.push(`${arg}: invalid number`);
  if (match === null) return 0;
  const digits = match[2] as string;
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return match[1] === "-" ? -value : value;
}

function pad(text: string, width: number, flags: string, numeric: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (numeric && flags.includes("0")) return text.replace(/^[+-]?(0x)?/i, (head) => head + "0".repeat(missing));
  return " ".repeat(missing) + text;
}
