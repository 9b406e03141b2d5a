/** Tables as etcd's tools print them, and sizes. Upstream: olekukonko/tablewriter, dustin/go-humanize. */

/** Headers in capitals in the middle, numbers to the right. */
export function drawTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = headers.map((header) => header.toUpperCase());
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) =>
    line(
      widths.map((width, column) => {
        const cell = row[column] ?? "";
        return /^-?\d+(\.\d+)?%?$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      }),
    ),
  );
  return [rule, line(titles.map((title, column) => centred(title, widths[column] ?? 0))), rule, ...body, rule]
    .map((text) => `${text}\n`)
    .join("");
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return text.padStart(text.length + left).padEnd(width);
}

/** 2.1 MB, 20 kB */
export function humanBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let at = 0;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  return at > 0 && value < 10
    ? `${(Math.round(value * 10) / 10).toFixed(1)} ${units[at]}`
    : `${Math.round(value)} ${units[at]}`;
}
