/**
 * The line editor behind a prompt: keys in, screen updates and events out. It models GNU readline in emacs mode. Pure: it
 * knows no terminal device and no process; `Tty` feeds it and writes what it returns.
 */
import type { Completion } from "../base/program.ts";
import { decodeKeys } from "./line-editor-keys.ts";
import type { Key } from "./line-editor-keys.ts";
import { LineScreen } from "./line-editor-screen.ts";
import { inColumns } from "./text-width.ts";

export type EditorEvent =
  | { type: "line"; line: string }
  | { type: "eof" }
  | { type: "interrupt" }
  | { type: "complete"; line: string; cursor: number };

/** What came of some input: what to write, at most one event, and the input that is left after the event. */
export interface Fed {
  output: string;
  event: EditorEvent | undefined;
  rest: string;
}

interface Search {
  query: string;
  /** Index into the history of the present match, or its length when there is none. */
  at: number;
  before: { text: string; cursor: number };
}

const WORD = /[\p{L}\p{N}_]/u;
const BELL = "\u0007";

export class LineEditor {
  private text = "";
  private cursor = 0;
  private readonly screen: LineScreen;
  private readonly prompt: string;
  /** History with the line being typed as its last item; edits to old lines last until Enter. */
  private readonly lines: string[];
  private at: number;
  private killed = "";
  private search: Search | undefined;
  private lastWasTab = false;
  private pasting = false;
  private partial = "";
  private columns: number;
  /** The screen update that ended a search. */
  private redrawn = "";

  constructor(options: { prompt: string; history: readonly string[]; columns: number }) {
    this.prompt = options.prompt;
    this.columns = options.columns;
    this.lines = [...options.history, ""];
    this.at = this.lines.length - 1;
    this.screen = new LineScreen(options.columns);
  }

  /** Draws the prompt. */
  start(): string {
    return this.redraw();
  }

  resize(columns: number): string {
    this.columns = columns;
    return this.screen.resize(columns) + this.redraw();
  }

  /** Handles keys up to the first one that makes an event. */
  feed(text: string): Fed {
    const keys = decodeKeys(this.partial + text);
    this.partial = keys.partial;
    let output = "";
    for (let i = 0; i < keys.keys.length; i++) {
      const { key, from, to } = keys.keys[i] as (typeof keys.keys)[number];
      // Plain text is inserted in one go, so that a long paste draws once.
      if (key.type === "text" && this.search === undefined) {
        output += this.insert(keys.source.slice(from, to));
        continue;
      }
      const done = this.press(key);
      output += done.output;
      if (done.event !== undefined) {
        this.partial = "";
        return { output, event: done.event, rest: keys.source.slice(to) };
      }
    }
    return { output, event: undefined, rest: "" };
  }

  /** The answer to a "complete" event. */
  completed(completion: Completion): string {
    const { candidates, from } = completion;
    if (candidates.length === 0) return BELL;
    const typed = this.text.slice(from, this.cursor);
    const common = commonPrefix(candidates);
    if (candidates.length === 1) {
      const only = candidates[0] as string;
      return this.replace(from, /[/=]$/.test(only) ? only : `${only} `);
    }
    if (
      common.length > typed.length ||
      (common !== typed && common.toLowerCase().startsWith(typed.toLowerCase()) && common !== "")
    ) {
      this.lastWasTab = false;
      return this.replace(from, common);
    }
    if (!this.lastWasTab) {
      this.lastWasTab = true;
      return BELL;
    }
    const shown = candidates.map((candidate) => displayName(candidate));
    const list = inColumns(shown, this.columns).replaceAll("\n", "\r\n");
    return `${this.screen.leave()}${list}${this.redraw()}`;
  }

  /** Shows `line` as if it had been typed and entered (a replayed session). */
  enter(line: string): string {
    this.search = undefined;
    this.text = line;
    this.cursor = line.length;
    return this.redraw() + this.screen.leave();
  }

  private press(key: Key): { output: string; event?: EditorEvent } {
    if (key.type !== "tab") this.lastWasTab = false;
    if (this.search !== undefined) {
      const handled = this.searchKey(this.search, key);
      if (handled !== undefined) return { output: handled };
      const pressed = this.press(key);
      return { ...pressed, output: this.redrawn + pressed.output };
    }
    switch (key.type) {
      case "text":
        return { output: this.insert(key.text) };
      case "enter":
        return { output: this.move(this.text.length) + this.screen.leave(), event: { type: "line", line: this.text } };
      case "tab":
        if (this.pasting) return { output: this.insert("\t") };
        return { output: "", event: { type: "complete", line: this.text, cursor: this.cursor } };
      case "interrupt": {
        const output = `${this.move(this.text.length)}^C${this.screen.leave()}`;
        return { output, event: { type: "interrupt" } };
      }
      case "eof":
        if (this.text !== "") return { output: this.remove(this.cursor, this.cursor + 1) };
        return { output: "", event: { type: "eof" } };
      case "paste-start":
      case "paste-end":
        this.pasting = key.type === "paste-start";
        return { output: "" };
      default:
        return { output: this.edit(key.type) };
    }
  }

  private edit(
    key: Exclude<Key["type"], "text" | "enter" | "tab" | "interrupt" | "eof" | "paste-start" | "paste-end">,
  ): string {
    const { text, cursor } = this;
    switch (key) {
      case "left":
        return this.move(cursor - unitsBefore(text, cursor));
      case "right":
        return this.move(cursor + unitsAfter(text, cursor));
      case "home":
        return this.move(0);
      case "end":
        return this.move(text.length);
      case "word-left":
        return this.move(this.wordStart());
      case "word-right":
        return this.move(this.wordEnd());
      case "backspace":
        return this.remove(cursor - unitsBefore(text, cursor), cursor);
      case "delete":
        return this.remove(cursor, cursor + unitsAfter(text, cursor));
      case "kill-end":
        return this.kill(cursor, text.length);
      case "kill-start":
        return this.kill(0, cursor);
      case "kill-blank-word":
        return this.kill(text.slice(0, cursor).replace(/\S+\s*$/, "").length, cursor);
      case "kill-word-left":
        return this.kill(this.wordStart(), cursor);
      case "kill-word-right":
        return this.kill(cursor, this.wordEnd());
      case "yank":
        return this.insert(this.killed);
      case "transpose":
        return this.transpose();
      case "up":
        return this.goTo(this.at - 1);
      case "down":
        return this.goTo(this.at + 1);
      case "first":
        return this.goTo(0);
      case "last":
        return this.goTo(this.lines.length - 1);
      case "last-word":
        return this.insert(/\S+\s*$/.exec(this.lines.at(-2) ?? "")?.[0].trimEnd() ?? "");
      case "clear":
        return `\u001b[H\u001b[2J${this.screen.forget()}${this.redraw()}`;
      case "search":
        this.search = { query: "", at: this.lines.length - 1, before: { text, cursor } };
        return this.redraw();
      case "cancel":
        return BELL;
      case "unknown":
        return "";
    }
  }

  private searchKey(search: Search, key: Key): string | undefined {
    if (key.type === "text") {
      search.query += key.text;
      return this.find(search, search.at);
    }
    if (key.type === "backspace") {
      search.query = search.query.slice(0, -1);
      return this.find(search, this.lines.length - 1);
    }
    if (key.type === "search") return this.find(search, search.at - 1);
    this.search = undefined;
    if (key.type === "cancel") {
      this.text = search.before.text;
      this.cursor = search.before.cursor;
      return this.redraw();
    }
    const output = this.redraw();
    this.redrawn = output;
    // Any other key is pressed on the accepted line by the caller.
    return key.type === "unknown" ? output : undefined;
  }

  private find(search: Search, from: number): string {
    for (let at = Math.min(from, this.lines.length - 1); at >= 0; at--) {
      const line = this.lines[at] as string;
      const found = line.lastIndexOf(search.query);
      if (found < 0 || search.query === "") continue;
      search.at = at;
      this.text = line;
      this.cursor = found;
      return this.redraw();
    }
    return this.redraw() + BELL;
  }

  private goTo(at: number): string {
    if (at < 0 || at >= this.lines.length) return BELL;
    this.lines[this.at] = this.text;
    this.at = at;
    this.text = this.lines[at] as string;
    this.cursor = this.text.length;
    return this.redraw();
  }

  private wordStart(): number {
    let at = this.cursor;
    while (at > 0 && !WORD.test(this.text[at - 1] as string)) at--;
    while (at > 0 && WORD.test(this.text[at - 1] as string)) at--;
    return at;
  }

  private wordEnd(): number {
    let at = this.cursor;
    while (at < this.text.length && !WORD.test(this.text[at] as string)) at++;
    while (at < this.text.length && WORD.test(this.text[at] as string)) at++;
    return at;
  }

  private insert(added: string): string {
    const atEnd = this.cursor === this.text.length;
    this.text = this.text.slice(0, this.cursor) + added + this.text.slice(this.cursor);
    this.cursor += added.length;
    this.lastWasTab = false;
    return (atEnd ? this.screen.append(added) : undefined) ?? this.redraw();
  }

  private replace(from: number, by: string): string {
    this.text = this.text.slice(0, from) + by + this.text.slice(this.cursor);
    this.cursor = from + by.length;
    return this.redraw();
  }

  private remove(from: number, to: number): string {
    if (from < 0 || from === to || from >= this.text.length) return BELL;
    this.text = this.text.slice(0, from) + this.text.slice(to);
    this.cursor = from;
    return this.redraw();
  }

  private kill(from: number, to: number): string {
    if (from !== to) this.killed = this.text.slice(from, to);
    return from === to ? "" : this.remove(from, to);
  }

  private transpose(): string {
    const at = Math.min(this.cursor, this.text.length - 1);
    if (at < 1) return BELL;
    const { text } = this;
    this.text = text.slice(0, at - 1) + text[at] + text[at - 1] + text.slice(at + 1);
    this.cursor = at + 1;
    return this.redraw();
  }

  private move(to: number): string {
    if (to < 0 || to > this.text.length) return BELL;
    if (to === this.cursor) return "";
    this.cursor = to;
    return this.redraw();
  }

  private redraw(): string {
    const prompt = this.search === undefined ? this.prompt : `(reverse-i-search)\`${this.search.query}': `;
    return this.screen.draw(prompt, this.text, this.cursor);
  }
}

/** Units of the character before and after a position (surrogate pairs are two); 0 at the edges. */
function unitsBefore(text: string, at: number): number {
  if (at === 0) return 0;
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit < 0xe000 ? 2 : 1;
}

function unitsAfter(text: string, at: number): number {
  if (at >= text.length) return 0;
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
}

function commonPrefix(candidates: readonly string[]): string {
  let prefix = candidates[0] ?? "";
  for (const candidate of candidates) {
    while (!candidate.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix;
}

/** Paths are listed by their last part. */
function displayName(candidate: string): string {
  const body = candidate.endsWith("/") ? candidate.slice(0, -1) : candidate;
  const at = body.lastIndexOf("/");
  return at < 0 ? candidate : candidate.slice(at + 1);
}
