import { textWidth } from "../engine/runtime/text-width.ts";

/** A table as minikube draws it: lines around every column, headings in the middle, cells to the left. */
export function boxTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, at) => Math.max(...[head, ...rows.map((row) => row[at] ?? "")].map(textWidth)));
  const rule = (left: string, between: string, right: string): string =>
    `${left}${widths.map((width) => "─".repeat(width + 2)).join(between)}${right}\n`;
  const line = (cells: readonly string[], pad: (text: string, room: number) => string): string =>
    `│${widths.map((width, at) => ` ${pad(cells[at] ?? "", width - textWidth(cells[at] ?? ""))} `).join("│")}│\n`;
  const centred = (text: string, room: number): string =>
    `${" ".repeat(Math.floor(room / 2))}${text}${" ".repeat(Math.ceil(room / 2))}`;
  const left = (text: string, room: number): string => `${text}${" ".repeat(room)}`;
  return [
    rule("┌", "┬", "┐"),
    line(heads, centred),
    rule("├", "┼", "┤"),
    ...rows.map((row) => line(row, left)),
    rule("└", "┴", "┘"),
  ].join("");
}
