/** Live against what applying would make of it, one document at a time. */
import { useEffect, useRef, useState } from "react";
import type { DiffOutcome } from "../../../worker/protocol.ts";
import { useT } from "../../words/translate.ts";
import { baseOptions, monaco } from "./monaco.ts";

export function DiffView({ outcome, onClose }: { outcome: DiffOutcome; onClose(): void }) {
  const t = useT();
  const host = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const shown = outcome.documents[at];
  useEffect(() => {
    if (host.current === null || shown === undefined) return;
    const original = monaco.editor.createModel(shown.live, "yaml");
    const modified = monaco.editor.createModel(shown.merged, "yaml");
    const editor = monaco.editor.createDiffEditor(host.current, {
      ...baseOptions,
      readOnly: true,
      originalEditable: false,
      renderSideBySide: host.current.offsetWidth > 640,
      hideUnchangedRegions: { enabled: true },
      tabFocusMode: true,
    });
    editor.setModel({ original, modified });
    return () => {
      editor.dispose();
      original.dispose();
      modified.dispose();
    };
  }, [shown]);
  const name = shown?.name ?? "";
  return (
    <>
      <div className="editor-diff-head">
        <button type="button" className="btn small" autoFocus onClick={onClose}>
          {t("editor.back")}
        </button>
        {outcome.documents.length > 1 && (
          <select
            className="field"
            value={at}
            aria-label={t("editor.diff")}
            onChange={(event) => setAt(Number(event.target.value))}
          >
            {outcome.documents.map((document, index) => (
              <option key={document.name} value={index}>
                {document.name}
              </option>
            ))}
          </select>
        )}
        <span role="status">
          {shown === undefined
            ? (outcome.diagnostics[0]?.message ?? t("editor.no-documents"))
            : t(shown.live === shown.merged ? "editor.same" : "editor.diff-of", { name })}
        </span>
      </div>
      <div className="editor-host" ref={host} />
    </>
  );
}
