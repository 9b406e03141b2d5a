/** Go's `fmt.Sprintf` for the verbs that templates use. */
import { cellText } from "./custom-columns.ts";

export function goFormat(format: string, args: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string, verb: string) => {
      if (verb === "%") return "%";
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const shown = formatOne(verb, args[next++], precision);
      const size = Number(width ?? 0);
      if (flags.includes("-")) return shown.padEnd(size);
      return shown.padStart(size, flags.includes("0") && verb !== "s" ? "0" : " ");
    },
  );
  const extra = args.slice(next).map((arg) => `${goType(arg)}=${cellText(arg)}`);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

function goType(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "<nil>";
}

function formatOne(verb: string, value: unknown, precision: string | undefined): string {
  switch (verb) {
    case "s":
    case "v": {
      const text = verb === "s" && typeof value === "number" ? `%!s(${goType(value)}=${value})` : cellText(value);
      return precision === undefined ? text : text.slice(0, Number(precision));
    }
    case "d":
      return typeof value === "number" ? String(Math.trunc(value)) : `%!d(${goType(value)}=${cellText(value)})`;
    case "q":
      return JSON.stringify(String(value));
    case "f":
      return Number(value).toFixed(precision === undefined ? 6 : Number(precision));
    case "x":
      return typeof value === "number" ? value.toString(16) : cellText(value);
    case "t":
      return String(value);
    default:
      return `%!${verb}(${goType(value)}=${cellText(value)})`;
  }
}
