/** Label selectors on objects that are not on the server. */
import { parseLabelSelector, SelectorError } from "../engine/api/meta/selectors.ts";
import { CommandError } from "./errors.ts";

export function labelsMatch(selector: string, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (selector === "") return true;
  try {
    return parseLabelSelector(selector).matches(labels ?? {});
  } catch (error) {
    if (error instanceof SelectorError) throw new CommandError(error.message);
    throw error;
  }
}
