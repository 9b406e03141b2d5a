/**
 * Rules of rewrite that put options into a query: checked as they are read, and never seen, as no server here looks at
 * options. Upstream: coredns plugin/rewrite/edns0.go.
 */
const ACTIONS: readonly string[] = ["append", "replace", "set"];
const VARIABLES: readonly string[] = "qname qtype client_ip client_port protocol server_ip server_port".split(" ");

/** Whether the rule fits any query: one that only replaces options fits none, as clients here send none. */
export function ednsRuleFits(args: readonly string[], refuse: (message: string) => Error): boolean {
  if (args.length < 2) throw refuse("too few arguments for an EDNS0 rule");
  const [type, action] = args.map((word) => word.toLowerCase()) as [string, string];
  if (!ACTIONS.includes(action)) throw refuse(`invalid action: ${JSON.stringify(action)}`);
  const [, , first = "", second = ""] = args;
  if (type === "local") {
    if (args.length !== 4) throw refuse("EDNS0 local rules require exactly three args");
    numberOf(first, refuse);
    const variable = /^\{(.*)\}$/.exec(second)?.[1];
    // A label of the metadata plugin, `{/example/label}`, has a slash in it.
    if (variable !== undefined && !VARIABLES.includes(variable) && !/^.+\/.+$/.test(variable))
      throw refuse(`unsupported variable name ${JSON.stringify(second)}`);
    if (variable === undefined && second.startsWith("0x")) checkHex(second.slice(2), refuse);
  } else if (type === "nsid") {
    if (args.length !== 2) throw refuse("EDNS0 NSID rules do not accept args");
  } else if (type === "subnet") {
    if (args.length !== 4) throw refuse("EDNS0 subnet rules require exactly three args");
    for (const [text, family, bits] of [
      [first, "IPv4", 32],
      [second, "IPv6", 128],
    ] as const) {
      const length = numberOf(text, refuse);
      if (length > bits) throw refuse(`invalid ${family} bit mask length ${length}`);
    }
  } else throw refuse(`invalid rule type ${JSON.stringify(type)}`);
  return action !== "replace";
}

/** `0xffee`, `24`: sixteen bits. */
function numberOf(text: string, refuse: (message: string) => Error): number {
  const parsing = `strconv.ParseUint: parsing ${JSON.stringify(text)}`;
  if (!/^(0x[\da-f]+|0b[01]+|0o?[0-7]*|[1-9]\d*)$/i.test(text)) throw refuse(`${parsing}: invalid syntax`);
  const number = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  if (number > 0xffff) throw refuse(`${parsing}: value out of range`);
  return number;
}

function checkHex(text: string, refuse: (message: string) => Error): void {
  const wrong = /[^\da-fA-F]/.exec(text)?.[0];
  if (wrong !== undefined) throw refuse(`encoding/hex: invalid byte: U+${codePoint(wrong)} '${wrong}'`);
  if (text.length % 2 > 0) throw refuse("encoding/hex: odd length hex string");
}

function codePoint(character: string): string {
  return (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
}
