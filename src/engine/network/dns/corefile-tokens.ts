/** Words of a Corefile, with what it imports in the imports' places. Upstream: coredns/caddy caddyfile/{lexer,parse}.go. */
import type { FileSystem } from "../../base/program.ts";

/** A word and where it stands. */
export interface Token {
  readonly text: string;
  readonly line: number;
  readonly file: string;
  /** Words of one line share it, and only they: a line that is imported twice is two rows. */
  readonly row: number;
}

/** Why CoreDNS doesn't start; the message is the whole line that it prints. */
export class CorefileError extends Error {}

export function parsingError({ file, line }: Pick<Token, "file" | "line">, message: string): CorefileError {
  return new CorefileError(`${file}:${line} - Error during parsing: ${message}`);
}

/** What is read of a Corefile: its words, and the warnings that reading them gave. */
export interface CorefileText {
  readonly tokens: readonly Token[];
  readonly warnings: readonly string[];
}

/** Reads a Corefile, and what it imports from `fs`. Throws a `CorefileError`. */
export function readTokens(text: string, file: string, fs: FileSystem): CorefileText {
  return new Reader(fs).read(text, file);
}

/** Equal iff two Corefiles say the same. */
export function fingerprintOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => JSON.stringify(text)).join(" ");
}

const MAX_IMPORTS = 100;

class Reader {
  private readonly fs: FileSystem;
  private readonly snippets = new Map<string, readonly Token[]>();
  private readonly warnings: string[] = [];
  private row = 0;
  private imports = 0;

  constructor(fs: FileSystem) {
    this.fs = fs;
  }

  read(text: string, file: string): CorefileText {
    const tokens = this.withoutSnippets(this.lex(text, file));
    return { tokens: this.imported(tokens), warnings: this.warnings };
  }

  /** `(name) { … }` at the outermost level is kept for imports. */
  private withoutSnippets(tokens: readonly Token[]): Token[] {
    const kept: Token[] = [];
    let depth = 0;
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at] as Token;
      const name = /^\((.*)\)$/.exec(token.text)?.[1];
      if (depth === 0 && name !== undefined && tokens[at + 1]?.text === "{") {
        const end = this.endOf(tokens, at + 1);
        if (this.snippets.has(name)) throw parsingError(token, `redeclaration of previously declared snippet ${name}`);
        this.snippets.set(name, tokens.slice(at + 2, end));
        at = end;
        continue;
      }
      if (token.text === "{") depth++;
      if (token.text === "}") depth--;
      kept.push(token);
    }
    return kept;
  }

  private endOf(tokens: readonly Token[], open: number): number {
    let depth = 0;
    for (let at = open; at < tokens.length; at++) {
      if (tokens[at]?.text === "{") depth++;
      if (tokens[at]?.text === "}") depth--;
      if (depth === 0) return at;
    }
    throw parsingError(tokens[open] as Token, "Unexpected EOF");
  }

  /** `import NAME` at the beginning of a line stands for a snippet, or for files. */
  private imported(tokens: readonly Token[]): Token[] {
    return tokens.flatMap((token, at) => {
      const before = tokens[at - 1];
      if (before?.text === "import" && before.row === token.row && this.begins(tokens, at - 1)) return [];
      if (token.text !== "import" || !this.begins(tokens, at)) return [token];
      const [what, ...more] = tokens.slice(at + 1).filter(({ row }) => row === token.row);
      if (what === undefined || what.text === "")
        throw parsingError(token, "Wrong argument count or unexpected line ending after 'import'");
      if (more.length > 0) throw parsingError(token, "Import takes only one argument (glob pattern or file)");
      if (++this.imports > MAX_IMPORTS) throw parsingError(token, "maximum number of imports exceeded");
      return this.imported(this.contents(what));
    });
  }

  private begins(tokens: readonly Token[], at: number): boolean {
    return tokens[at - 1]?.row !== tokens[at]?.row;
  }

  private contents(what: Token): Token[] {
    const snippet = this.snippets.get(what.text);
    if (snippet !== undefined) return this.again(snippet);
    const folder = what.file.slice(0, what.file.lastIndexOf("/"));
    const pattern = what.text.startsWith("/") ? what.text : `${folder}/${what.text}`;
    const files = this.matching(pattern);
    if (files.length === 0) {
      if (!/[*?[]/.test(what.text)) throw parsingError(what, `File to import not found: ${what.text}`);
      this.warnings.push(`[WARNING] No files matching import glob pattern: ${what.text}`);
    }
    return files.flatMap((file) => this.withoutSnippets(this.lex(this.fs.readFile(file), file)));
  }

  /** The same words in rows of their own. */
  private again(tokens: readonly Token[]): Token[] {
    const rows = new Map<number, number>();
    return tokens.map((token) => {
      const row = rows.get(token.row) ?? ++this.row;
      rows.set(token.row, row);
      return { ...token, row };
    });
  }

  private matching(pattern: string): string[] {
    const { fs } = this;
    if (!/[*?]/.test(pattern)) return fs.exists(pattern) && fs.stat(pattern).type !== "directory" ? [pattern] : [];
    const at = pattern.lastIndexOf("/");
    const folder = pattern.slice(0, at);
    const glob = pattern.slice(at + 1).replaceAll(/[.+^${}()|\\]/g, "\\$&");
    const names = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`);
    if (!fs.exists(folder)) return [];
    return fs
      .readdir(folder)
      .filter((name) => names.test(name) && fs.stat(`${folder}/${name}`).type !== "directory")
      .sort()
      .map((name) => `${folder}/${name}`);
  }

  /** Words, quoted or not; `#` begins a comment at the start of a word. A brace is a word only when it stands alone. */
  private lex(text: string, file: string): Token[] {
    const tokens: Token[] = [];
    let line = 1;
    this.row++;
    const pattern = /\n|[^\S\n]+|#[^\n]*|"((?:[^"\\]|\\.)*)"|[^\s"][^\s]*/g;
    for (const match of text.matchAll(pattern)) {
      const [word, quoted] = match;
      if (word === "\n") {
        line++;
        this.row++;
      } else if (quoted !== undefined) {
        tokens.push({ text: quoted.replace(/\\"/g, '"'), line, file, row: this.row });
        line += quoted.split("\n").length - 1;
      } else if (!/^\s/.test(word) && !word.startsWith("#")) tokens.push({ text: word, line, file, row: this.row });
    }
    this.row++;
    return tokens;
  }
}
