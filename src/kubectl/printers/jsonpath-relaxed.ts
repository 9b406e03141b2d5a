/** Paths without braces or the first dot, as custom columns and --sort-by take them. Upstream: kubectl get/customcolumn.go. */
import { CommandError } from "../errors.ts";

/** `metadata.name`, `.metadata.name`, `{metadata.name}` → `{.metadata.name}` */
export function parseRelaxedPath(text: string): string {
  if (text === "") return "";
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text);
  if (match === null) {
    throw new CommandError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return `{.${match[1] ?? match[2] ?? ""}}`;
}
