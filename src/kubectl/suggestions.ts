/** Names that a mistyped command may have meant. Upstream: spf13/cobra command.go (SuggestionsFor). */
import { COMMANDS } from "./registry.ts";

const MAX_DISTANCE = 2;

export function suggestionsFor(typed: string): string[] {
  return COMMANDS.map((command) => command.name).filter(
    (name) =>
      distance(typed.toLowerCase(), name.toLowerCase()) <= MAX_DISTANCE ||
      name.toLowerCase().startsWith(typed.toLowerCase()),
  );
}

/** Levenshtein's. */
function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1];
      current[j] = same
        ? (previous[j - 1] ?? 0)
        : 1 + Math.min(previous[j - 1] ?? 0, previous[j] ?? 0, current[j - 1] ?? 0);
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
