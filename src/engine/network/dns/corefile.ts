/** Server blocks and directives of a Corefile. Upstream: coredns/caddy caddyfile/{dispenser,parse}.go, coredns core/dnsserver. */
import { CorefileError, parsingError } from "./corefile-tokens.ts";
import type { Token } from "./corefile-tokens.ts";

/** `forward . 8.8.8.8 { … }`: a directive with its arguments and the lines of its block. */
export interface Directive {
  readonly name: string;
  readonly line: number;
  readonly file: string;
  readonly args: readonly string[];
  /** Each line of the block; blocks within it are flattened into lines of their own. */
  readonly block: readonly { readonly words: readonly string[]; readonly line: number }[];
}

export interface ServerBlock {
  /** `.:53`, `example.org` … as written. */
  readonly keys: readonly string[];
  readonly directives: readonly Directive[];
}

export class Corefile {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
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
      if (!known.has(token.text)) throw parsingError(token, `Unknown directive '${token.text}'`);
      directives.push(this.directive(token));
    }
    return { keys, directives };
  }

  private directive({ text: name, line, file, row }: Token): Directive {
    const args = this.restOfLine(row);
    const block: { words: string[]; line: number }[] = [];
    if (args.at(-1) !== "{") return { name, line, file, args, block };
    args.pop();
    for (let depth = 1; depth > 0;) {
      const token = this.peek();
      if (token === undefined) throw parsingError(this.last(), "Unexpected EOF");
      this.at++;
      if (token.text === "}") {
        depth--;
        continue;
      }
      const words = [token.text, ...this.restOfLine(token.row)];
      if (words.at(-1) === "{" && words.length > 1) {
        words.pop();
        depth++;
      }
      block.push({ words, line: token.line });
    }
    return { name, line, file, args, block };
  }

  private restOfLine(row: number): string[] {
    const words: string[] = [];
    for (let token = this.peek(); token?.row === row; token = this.peek()) {
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
    const { text, line, file } = this.last();
    return new CorefileError(`${file}:${line} - Syntax error: Unexpected token '${text}', expecting '}'`);
  }

  private last(): Token {
    return this.tokens.at(-1) ?? { text: "", line: 0, file: "", row: 0 };
  }
}
