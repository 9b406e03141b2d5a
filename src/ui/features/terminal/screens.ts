/**
 * One xterm per terminal, kept outside of React: a screen outlives the pane that shows it, so that folding a panel or
 * crossing 900 px never loses what was printed.
 */
import { FitAddon } from "@xterm/addon-fit";
import { type ITheme, Terminal } from "@xterm/xterm";
import { onOutput } from "../../state/dock.ts";
import { engine } from "../../state/engine.ts";
import { usePage } from "../../state/page.ts";

export interface Screen {
  terminal: Terminal;
  fit: FitAddon;
  close(): void;
}

/** By session and terminal. */
const screens = new Map<string, Screen>();

const keyOf = (id: number, session: number): string => `${session}-${id}`;

export function screenOf(id: number, session: number): Screen {
  const known = screens.get(keyOf(id, session));
  if (known !== undefined) return known;
  const terminal = new Terminal({
    fontFamily: '"IBM Plex Mono", ui-monospace, monospace',
    fontSize: 12.5,
    lineHeight: 1.35,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    scrollback: 5000,
    theme: themeFromTokens(),
    screenReaderMode: usePage.getState().screenReader,
    allowProposedApi: false,
    macOptionIsMeta: true,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.onData((text) => void engine().input(id, text));
  terminal.onResize(({ cols, rows }) => void engine().resize(id, cols, rows));
  terminal.attachCustomKeyEventHandler((event) => keepForTerminal(event, terminal));
  const silence = onOutput(id, (text) => terminal.write(text, tellDrawn));
  const unfollow = usePage.subscribe((state, before) => {
    if (state.screenReader !== before.screenReader) terminal.options.screenReaderMode = state.screenReader;
    if (state.theme !== before.theme) requestAnimationFrame(() => (terminal.options.theme = themeFromTokens()));
  });
  const screen: Screen = {
    terminal,
    fit,
    close() {
      silence();
      unfollow();
      terminal.dispose();
      screens.delete(keyOf(id, session));
    },
  };
  screens.set(keyOf(id, session), screen);
  return screen;
}

let toldDrawn = false;

/** The first thing that is printed anywhere is the first prompt: the worker is told when the browser has drawn it. */
function tellDrawn(): void {
  if (toldDrawn) return;
  toldDrawn = true;
  requestAnimationFrame(() => setTimeout(() => void engine().drawn(), 0));
}

/**
 * Copy and paste as terminals do it (Ctrl-Shift-C and -V, or ⌘); Ctrl-C copies while something is selected and
 * interrupts otherwise. F6 leaves, so that the keyboard is never trapped.
 */
function keepForTerminal(event: KeyboardEvent, terminal: Terminal): boolean {
  if (event.type !== "keydown") return true;
  if (event.key === "F6") return false;
  const key = event.key.toLowerCase();
  const modified = event.metaKey || event.ctrlKey;
  if (modified && key === "c" && terminal.hasSelection()) {
    void navigator.clipboard?.writeText(terminal.getSelection());
    terminal.clearSelection();
    event.preventDefault();
    return false;
  }
  // The browser's own paste event reaches xterm by itself.
  if (modified && key === "v") return false;
  if (event.ctrlKey && event.shiftKey && key === "c") return false;
  return !(event.metaKey && key === "k");
}

function themeFromTokens(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    background: token("term"),
    foreground: token("term-ink"),
    cursor: token("term-ink"),
    cursorAccent: token("term"),
    selectionBackground: "#3a5a86",
    black: token("term"),
    brightBlack: token("term-dim"),
    red: token("term-bad"),
    brightRed: token("term-bad"),
    green: token("term-ok"),
    brightGreen: token("term-ok"),
    yellow: token("term-key"),
    brightYellow: token("term-key"),
    blue: token("term-info"),
    brightBlue: token("term-info"),
    magenta: token("term-accent"),
    brightMagenta: token("term-accent"),
    cyan: token("term-info"),
    brightCyan: token("term-info"),
    white: token("term-ink"),
    brightWhite: "#ffffff",
  };
}

export function closeScreen(id: number, session: number): void {
  screens.get(keyOf(id, session))?.close();
}
