/** What `echo` prints: bash's builtin, and dash's and busybox' ways. */
export function echoText(args: readonly string[], options: { escapes?: boolean } = {}): string {
  let newline = true;
  let escapes = options.escapes ?? false;
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] as string;
    if (!/^-[neE]+$/.test(arg)) break;
    for (const flag of arg.slice(1)) {
      if (flag === "n") newline = false;
      else escapes = flag === "e";
    }
  }
  const text = args.slice(at).join(" ");
  if (!escapes) return newline ? `${text}\n` : text;
  const { text: expanded, stopped } = expandEscapes(text, true);
  return newline && !stopped ? `${expanded}\n` : expanded;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  E: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** Backslash escapes of echo -e and printf. `stopped` by `\c`. `leadingZero`: octal is written `\0nnn`. */
export function expandEscapes(text: string, leadingZero: boolean): { text: string; stopped: boolean } {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "\\" || i === text.length - 1) {
      result += text[i];
      continue;
    }
    const rest = text.slice(i + 1);
    const char = rest[0] as string;
    const octal = (leadingZero ? /^0([0-7]{0,3})/ : /^([0-7]{1,3})/).exec(rest);
    const hex =
      /^x([0-9a-fA-F]{1,2})/.exec(rest) ?? /^u([0-9a-fA-F]{1,4})/.exec(rest) ?? /^U([0-9a-fA-F]{1,8})/.exec(rest);
    if (char === "c") return { text: result, stopped: true };
    if (octal !== null) {
      result += String.fromCharCode(Number.parseInt(octal[1] === "" ? "0" : (octal[1] as string), 8));
      i += octal[0].length;
    } else if (hex !== null) {
      result += String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex[1] as string, 16)));
      i += hex[0].length;
    } else {
      result += SIMPLE[char] ?? `\\${char}`;
      i++;
    }
  }
  return { text: result, stopped: false };
}
