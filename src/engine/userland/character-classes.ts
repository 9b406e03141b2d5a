/** The insides of POSIX character classes, as JavaScript has them. */
export const CHARACTER_CLASSES: Readonly<Record<string, string>> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9a-fA-F",
  print: " -~",
  graph: "!-~",
  cntrl: "\\x00-\\x1f\\x7f",
};

/** A regular expression with its `[:alpha:]` written out. */
export function posixRegExp(source: string): string {
  return source.replace(/\[:(\w+):\]/g, (_, name: string) => CHARACTER_CLASSES[name] ?? "");
}
