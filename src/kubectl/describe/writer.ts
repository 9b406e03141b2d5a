/** Indented lines with tab-separated cells. Upstream: kubectl pkg/describe (PrefixWriter over a tabwriter). */
import { parseTime } from "../../engine/base/time.ts";
import { DESCRIBE_TABS, TabWriter } from "../printers/tab-writer.ts";

const MAX_ANNOTATION = 140;
const HIDDEN_ANNOTATIONS = ["kubectl.kubernetes.io/last-applied-configuration"];
const INDENT = "  ";

export class DescribeWriter {
  private readonly tabs = new TabWriter(DESCRIBE_TABS);
  private readonly align: boolean;
  private done = "";

  constructor(options: { align?: boolean } = {}) {
    this.align = options.align ?? true;
  }

  /** A line at a level; cells are separated by tabs. */
  line(level: number, text: string): void {
    const full = `${INDENT.repeat(level)}${text}\n`;
    if (this.align) this.tabs.write(full);
    else this.done += full;
  }

  /** Columns after this are apart from columns before it. */
  flush(): void {
    this.done += this.tabs.flush();
  }

  text(): string {
    this.flush();
    return this.done;
  }

  /** `Labels:`, one a line, sorted. */
  labels(title: string, labels: Readonly<Record<string, string>> | null | undefined): void {
    const keys = Object.keys(labels ?? {}).sort();
    this.multiline(
      title,
      keys.map((key) => `${key}=${labels?.[key]}`),
    );
  }

  /** First item beside the title, the others below it. */
  multiline(title: string, items: readonly string[]): void {
    if (items.length === 0) this.line(0, `${title}:\t<none>`);
    items.forEach((item, index) => this.line(0, `${index === 0 ? `${title}:` : ""}\t${item}`));
  }

  annotations(title: string, annotations: Readonly<Record<string, string>> | null | undefined): void {
    const keys = Object.keys(annotations ?? {})
      .filter((key) => !HIDDEN_ANNOTATIONS.includes(key))
      .sort();
    if (keys.length === 0) this.line(0, `${title}:\t<none>`);
    keys.forEach((key, index) => {
      const head = index === 0 ? `${title}:` : "";
      const value = (annotations?.[key] ?? "").replace(/\n$/, "");
      if (value.length + key.length + 2 <= MAX_ANNOTATION && !value.includes("\n")) {
        this.line(0, `${head}\t${key}: ${value}`);
        return;
      }
      this.line(0, `${head}\t${key}:`);
      for (const part of value.split("\n")) this.line(0, `\t  ${shorten(part, MAX_ANNOTATION - 2)}`);
    });
  }
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** RFC 1123 with a numeric zone: `Thu, 01 Jan 2026 00:00:00 +0000`. */
export function longTime(text: string | null | undefined): string {
  if (text === undefined || text === null) return "Mon, 01 Jan 0001 00:00:00 +0000";
  const date = new Date(parseTime(text));
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
