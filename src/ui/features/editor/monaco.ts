/**
 * Monaco with the features that a YAML editor needs and none beyond; a chunk of its own, loaded when the first file opens.
 * 0.57 keeps its modules under `monaco-editor/editor` and `monaco-editor/features`.
 */
import * as monaco from "monaco-editor/editor";
import "monaco-editor/features/bracketMatching/register";
import "monaco-editor/features/caretOperations/register";
import "monaco-editor/features/clipboard/register";
import "monaco-editor/features/codeEditor/register";
import "monaco-editor/features/codicon/register";
import "monaco-editor/features/comment/register";
import "monaco-editor/features/diffEditor/register";
import "monaco-editor/features/find/register";
import "monaco-editor/features/folding/register";
import "monaco-editor/features/format/register";
import "monaco-editor/features/gotoError/register";
import "monaco-editor/features/hover/register";
import "monaco-editor/features/indentation/register";
import "monaco-editor/features/linesOperations/register";
import "monaco-editor/features/multicursor/register";
import "monaco-editor/features/readOnlyMessage/register";
import "monaco-editor/features/smartSelect/register";
import "monaco-editor/features/snippet/register";
import "monaco-editor/features/suggest/register";
import "monaco-editor/features/tokenization/register";
import "monaco-editor/features/wordHighlighter/register";
import "monaco-editor/features/wordOperations/register";
import "monaco-editor/languages/definitions/yaml/register";

self.MonacoEnvironment = {
  getWorker: () => new Worker(new URL("./editor.worker.ts", import.meta.url), { type: "module", name: "editor" }),
};

export const themeName = "drydock";

/** The dock is dark in both themes, and so is what is written in it. */
export function defineTheme(): void {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const bare = (name: string): string => token(name).slice(1);
  monaco.editor.defineTheme(themeName, {
    base: "vs-dark",
    inherit: true,
    rules: [
      { token: "type", foreground: bare("term-info") },
      { token: "string", foreground: bare("term-ok") },
      { token: "number", foreground: bare("term-key") },
      { token: "keyword", foreground: bare("term-key") },
      { token: "comment", foreground: bare("term-dim") },
      { token: "operators", foreground: bare("term-dim") },
    ],
    colors: {
      "editor.background": token("term"),
      "editor.foreground": token("term-ink"),
      "editorLineNumber.foreground": token("term-dim"),
      "editorLineNumber.activeForeground": token("term-ink"),
      "editorWidget.background": token("term-tab"),
      "editor.lineHighlightBackground": "#ffffff08",
      "editor.lineHighlightBorder": "#00000000",
      "editorError.foreground": token("term-bad"),
      "editorWarning.foreground": token("term-key"),
      focusBorder: token("term-key"),
    },
  });
}

export const baseOptions = {
  theme: themeName,
  fontFamily: '"IBM Plex Mono", ui-monospace, monospace',
  fontSize: 12.5,
  lineHeight: 19,
  minimap: { enabled: false },
  automaticLayout: true,
  scrollBeyondLastLine: false,
  overviewRulerLanes: 0,
  renderLineHighlight: "line",
  padding: { top: 8, bottom: 8 },
  lineNumbersMinChars: 4,
  fixedOverflowWidgets: true,
} satisfies monaco.editor.IEditorOptions & { theme: string };

export { monaco };
