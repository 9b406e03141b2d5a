/**
 * Go's regular expressions (RE2 syntax) run by the host's engine. Upstream: Go's regexp package.
 * Simplified: the host backtracks where RE2 doesn't, so a hostile pattern can be slow; what only RE2 knows beyond the
 * forms below is refused as an error in the pattern.
 */
const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};
const CACHE_LIMIT = 2000;
const cache = new Map<string, RegExp | undefined>();

/** Undefined for a pattern that can't be read. Has no `g` flag: stateless, shared. */
export function goRegExp(pattern: string): RegExp | undefined {
  if (cache.has(pattern)) return cache.get(pattern);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  const compiled = compile(pattern);
  cache.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): RegExp | undefined {
  const [, said = "", rest = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? [];
  const source = rest
    .replace(/\[:(\^?)([a-z]+):\]/g, (whole, not: string, name: string) =>
      not === "" ? (POSIX[name] ?? whole) : whole,
    )
    .replace(/\(\?P</g, "(?<")
    .replace(/(^|[^\\])((?:\\\\)*)\\z/g, "$1$2$(?![^])")
    .replace(/(^|[^\\])((?:\\\\)*)\\A/g, "$1$2(?<![^])");
  for (const unicode of ["u", ""]) {
    try {
      return new RegExp(source, said + unicode);
    } catch {
      // Without the flag more escapes are allowed, as Go allows them.
    }
  }
  return undefined;
}
