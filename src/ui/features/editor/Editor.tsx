/** One YAML file of the laptop, or the text that `kubectl edit` waits for. */
import { useEffect, useRef, useState } from "react";
import "./editor.css";
import type { ApplyOutcome, Diagnostic, DiffOutcome } from "../../../worker/protocol.ts";
import { closeFile } from "../../state/actions.ts";
import { forgetDocument, setDocument, changeText, useDocuments } from "../../state/documents.ts";
import { removeTab } from "../../state/dock.ts";
import { engine } from "../../state/engine.ts";
import { notify } from "../../state/page.ts";
import { recall, remember } from "../../state/storage.ts";
import { t, useT } from "../../words/translate.ts";
import { DiffView } from "./DiffView.tsx";
import { baseOptions, defineTheme, monaco } from "./monaco.ts";
import { Results } from "./Results.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { startYaml } from "./yaml-language.ts";

type CodeEditor = monaco.editor.IStandaloneCodeEditor;

/** After this pause in typing the text is checked. */
const pause = 250;

export default function Editor({ path }: { path: string }) {
  const words = useT();
  const document = useDocuments(({ open }) => open.get(path));
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<CodeEditor | null>(null);
  const [problems, setProblems] = useState<Diagnostic[]>([]);
  const [outcome, setOutcome] = useState<ApplyOutcome | null>(null);
  const [diff, setDiff] = useState<DiffOutcome | null>(null);
  const [tabLeaves, setTabLeaves] = useState(() => recall("editor.tab-leaves", false));

  useEffect(() => {
    if (host.current === null) return;
    const created = createEditor(host.current, path, () => void save(path));
    setEditor(created);
    return () => {
      created.getModel()?.dispose();
      created.dispose();
    };
  }, [path]);
  useValidation(editor, document?.text ?? "", setProblems);
  useTabMode(editor, tabLeaves);

  if (document === undefined) return null;
  const actions = {
    save: () => void save(path),
    apply: (dryRun: boolean) =>
      void save(path)
        .then(() => engine().apply(document.text, { dryRun }))
        .then(setOutcome),
    diff: () => void engine().diff(document.text).then(setDiff),
    finish: (text: string | null) => finish(path, text),
    tabMode: () => {
      remember("editor.tab-leaves", !tabLeaves);
      setTabLeaves(!tabLeaves);
    },
  };
  return (
    <div className="editor">
      <Toolbar
        document={document}
        problems={problems}
        tabLeaves={tabLeaves}
        actions={actions}
        onProblem={(at) => reveal(editor, at)}
      />
      <div
        className="editor-host"
        ref={host}
        role="group"
        aria-label={words("editor.label", { path })}
        hidden={diff !== null}
      />
      {diff !== null && <DiffView outcome={diff} onClose={() => setDiff(null)} />}
      {outcome !== null && diff === null && (
        <Results
          outcome={outcome}
          onClose={() => setOutcome(null)}
          onShow={(line) => reveal(editor, { line, column: 1 })}
        />
      )}
    </div>
  );
}

function createEditor(element: HTMLElement, path: string, onSave: () => void): CodeEditor {
  defineTheme();
  const uri = monaco.Uri.parse(`file://${path.startsWith("/") ? "" : "/"}${path}`);
  monaco.editor.getModel(uri)?.dispose();
  const text = useDocuments.getState().open.get(path)?.text ?? "";
  const model = monaco.editor.createModel(text, "yaml", uri);
  model.updateOptions({ tabSize: 2, insertSpaces: true });
  model.onDidChangeContent(() => changeText(path, model.getValue()));
  const editor = monaco.editor.create(element, {
    ...baseOptions,
    model,
    ariaLabel: `${t("editor.label", { path })}. ${t("editor.keys")}`,
    quickSuggestions: { other: true, comments: false, strings: true },
  });
  editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, onSave);
  void startYaml().catch(() => notify(t("editor.no-schema"), "bad"));
  editor.focus();
  return editor;
}

async function save(path: string): Promise<void> {
  const document = useDocuments.getState().open.get(path);
  if (document === undefined || document.edit !== undefined) return;
  await engine().writeFile(path, document.text);
  setDocument({ ...document, saved: document.text });
}

/** Answers `kubectl edit`: with the text, or with nothing to leave the object as it is. */
function finish(path: string, text: string | null): void {
  const edit = useDocuments.getState().open.get(path)?.edit;
  if (edit === undefined || text === null) {
    closeFile(path);
    return;
  }
  void engine().finishEdit(edit, text);
  forgetDocument(path);
  removeTab(`file-${path}`);
}

function useValidation(editor: CodeEditor | null, text: string, onProblems: (problems: Diagnostic[]) => void): void {
  useEffect(() => {
    const model = editor?.getModel();
    if (model === null || model === undefined) return;
    let stale = false;
    const timer = setTimeout(async () => {
      const problems = await engine().validate(text);
      if (stale || model.isDisposed()) return;
      monaco.editor.setModelMarkers(
        model,
        "drydock",
        problems.map((problem) => markerOf(problem, model)),
      );
      onProblems(problems);
    }, pause);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [editor, text, onProblems]);
}

function markerOf(
  { line, column, severity, message }: Diagnostic,
  model: monaco.editor.ITextModel,
): monaco.editor.IMarkerData {
  const at = Math.min(Math.max(1, line), model.getLineCount());
  return {
    severity: severity === "error" ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
    message,
    startLineNumber: at,
    startColumn: Math.max(1, column),
    endLineNumber: at,
    endColumn: model.getLineMaxColumn(at),
  };
}

/** Escape arms Tab for one step out; the toolbar's switch makes Tab always leave. */
function useTabMode(editor: CodeEditor | null, tabLeaves: boolean): void {
  useEffect(() => {
    if (editor === null) return;
    editor.updateOptions({ tabFocusMode: tabLeaves });
    const restore = (): void => editor.updateOptions({ tabFocusMode: tabLeaves });
    const keys = editor.onKeyDown((event) => {
      if (event.keyCode === monaco.KeyCode.Escape) editor.updateOptions({ tabFocusMode: true });
      else if (event.keyCode !== monaco.KeyCode.Tab && event.keyCode !== monaco.KeyCode.Shift) restore();
    });
    const blur = editor.onDidBlurEditorWidget(restore);
    return () => {
      keys.dispose();
      blur.dispose();
    };
  }, [editor, tabLeaves]);
}

function reveal(editor: CodeEditor | null, { line, column }: { line: number; column: number }): void {
  editor?.setPosition({ lineNumber: line, column });
  editor?.revealLineInCenter(line);
  editor?.focus();
}
