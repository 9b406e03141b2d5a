/** How crictl writes tables, ages and sizes. */

const SHORT = 13;
const MIN_WIDTH = 20;
const PADDING = 3;
const UNITS = ["B", "kB", "MB", "GB"];

/** The beginning of an id, as tables have it. */
export function short(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, SHORT);
}

/** Go's tabwriter with a minimal width. */
export function table(rows: string[][]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => (row[column] ?? "").length + PADDING)),
  );
  const line = (row: string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] as number))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** `5 minutes ago`. Upstream: docker/go-units, HumanDuration. */
export function ago(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (seconds < 1) return "Less than a second ago";
  if (seconds === 1) return "1 second ago";
  if (seconds < 60) return `${seconds} seconds ago`;
  if (minutes === 1) return "About a minute ago";
  if (minutes < 60) return `${minutes} minutes ago`;
  if (hours === 1) return "About an hour ago";
  if (hours < 48) return `${hours} hours ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** `72.2MB`. Upstream: docker/go-units, HumanSizeWithPrecision. */
export function humanSize(bytes: number, digits = 3): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${Number(size.toPrecision(digits))}${UNITS[unit]}`;
}
