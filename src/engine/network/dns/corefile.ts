/**
 * Reads a Corefile. Upstream: coredns/caddy caddyfile/{lexer,dispenser,parse}.go, coredns core/dnsserver.
 *
 * **Simplified:** no `import` and no snippets; they fail as directives that are not simulated.
 */

/** A word and the line that it stands on. */
export interface Token {
  readonly text: string;
  readonly line: number;
}

/** `forward . 8.8.8.8 { … }`: a directive with its arguments and the lines of its block. */
export interface Directive {
  readonly name: string;
  readonly line: number;
  readonly args: readonly string[];
  /** Each line of the block; blocks within it are flattened into lines of their own. */
  readonly block: readonly { readonly words: readonly string[]; readonly line: number }[];
}

export interface ServerBlock {
  /** `.:53`, `example.org` … as written. */
  readonly keys: readonly string[];
  readonly directives: readonly Directive[];
}

/** Why CoreDNS doesn't start; the message is the whole line that it prints. */
export class CorefileError extends Error {}

export class Corefile {
  private readonly tokens: readonly Token[];
  private readonly file: string;
  private at = 0;

  constructor(text: string, file: string) {
    this.tokens = lex(text);
    this.file = file;
  }

  blocks(known: ReadonlySet<string>): ServerBlock[] {
    const blocks: ServerBlock[] = [];
    while (this.at < this.tokens.length) blocks.push(this.serverBlock(known));
    return blocks;
  }

  private serverBlock(known: ReadonlySet<string>): ServerBlock {
    const keys: string[] = [];
    for (let token = this.peek(); token !== undefined && token.text !== "{"; token = this.peek()) {
      this.at++;
      for (const key of token.text.split(",")) if (key !== "") keys.push(key);
    }
    if (this.peek() === undefined) return { keys, directives: [] };
    this.at++;
    const directives: Directive[] = [];
    for (;;) {
      const token = this.peek();
      if (token === undefined) throw this.unclosed();
      this.at++;
      if (token.text === "}") break;
      if (!known.has(token.text)) throw this.error(`Unknown directive '${token.text}'`, token.line);
      directives.push(this.directive(token));
    }
    return { keys, directives };
  }

  private directive({ text: name, line }: Token): Directive {
    const args = this.restOfLine(line);
    const block: { words: string[]; line: number }[] = [];
    if (args.at(-1) !== "{") return { name, line, args, block };
    args.pop();
    for (let depth = 1; depth > 0;) {
      const token = this.peek();
      if (token === undefined) throw this.error("Unexpected EOF");
      this.at++;
      if (token.text === "}") {
        depth--;
        continue;
      }
      const words = [token.text, ...this.restOfLine(token.line)];
      if (words.at(-1) === "{" && words.length > 1) {
        words.pop();
        depth++;
      }
      block.push({ words, line: token.line });
    }
    return { name, line, args, block };
  }

  private restOfLine(line: number): string[] {
    const words: string[] = [];
    for (let token = this.peek(); token?.line === line; token = this.peek()) {
      if (token.text === "}") break;
      this.at++;
      words.push(token.text);
    }
    return words;
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private unclosed(): CorefileError {
    const { text = "", line = 0 } = this.tokens.at(-1) ?? {};
    return new CorefileError(`${this.file}:${line} - Syntax error: Unexpected token '${text}', expecting '}'`);
  }

  private error(message: string, line = this.tokens.at(-1)?.line ?? 0): CorefileError {
    return new CorefileError(`${this.file}:${line} - Error during parsing: ${message}`);
  }
}

/** Words, quoted or not; `#` begins a comment at the start of a word. A brace is a word only when it stands alone. */
function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  const pattern = /\n|[^\S\n]+|#[^\n]*|"((?:[^"\\]|\\.)*)"|[^\s"][^\s]*/g;
  for (const match of text.matchAll(pattern)) {
    const [word, quoted] = match;
    if (word === "\n") line++;
    else if (quoted !== undefined) {
      tokens.push({ text: quoted.replace(/\\"/g, '"'), line });
      line += quoted.split("\n").length - 1;
    } else if (!/^\s/.test(word) && !word.startsWith("#")) tokens.push({ text: word, line });
  }
  return tokens;
}
