/**
 * `$(NAME)` in environment values, commands and arguments. Upstream: third_party/forked/golang/expansion/expand.go.
 * `$$` is a dollar sign; a name that isn't known stays as it is written; values are not expanded again.
 */
export function expand(input: string, value: (name: string) => string | undefined): string {
  if (!input.includes("$")) return input;
  let out = "";
  let from = 0;
  for (let at = input.indexOf("$"); at >= 0 && at + 1 < input.length; at = input.indexOf("$", from)) {
    out += input.slice(from, at);
    const next = input[at + 1] as string;
    if (next === "$") {
      out += "$";
      from = at + 2;
    } else if (next === "(") {
      const end = input.indexOf(")", at + 2);
      if (end < 0) {
        out += "$(";
        from = at + 2;
      } else {
        const name = input.slice(at + 2, end);
        out += value(name) ?? `$(${name})`;
        from = end + 1;
      }
    } else {
      out += `$${next}`;
      from = at + 2;
    }
  }
  return out + input.slice(from);
}
