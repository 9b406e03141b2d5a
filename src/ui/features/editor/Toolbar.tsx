/** What can be done with the text, and how it stands. */
import type { Diagnostic } from "../../../worker/protocol.ts";
import type { OpenDocument } from "../../state/documents.ts";
import { useT } from "../../words/translate.ts";

interface ToolbarProps {
  document: OpenDocument;
  problems: Diagnostic[];
  tabLeaves: boolean;
  actions: {
    save(): void;
    apply(dryRun: boolean): void;
    diff(): void;
    finish(text: string | null): void;
    tabMode(): void;
  };
  onProblem(problem: Diagnostic): void;
}

export function Toolbar({ document, problems, tabLeaves, actions, onProblem }: ToolbarProps) {
  const t = useT();
  const { path, text, saved } = document;
  return (
    <div className="editor-tools" role="toolbar" aria-label={t("editor.label", { path })}>
      {document.edit === undefined ? (
        <>
          <button
            type="button"
            className="btn small primary"
            data-tip={t("editor.apply-tip", { path })}
            onClick={() => actions.apply(false)}
          >
            {t("editor.apply")}
          </button>
          <button type="button" className="btn small" data-tip={t("editor.diff-tip", { path })} onClick={actions.diff}>
            {t("editor.diff")}
          </button>
          <button
            type="button"
            className="btn small"
            data-tip={t("editor.dry-run-tip", { path })}
            onClick={() => actions.apply(true)}
          >
            {t("editor.dry-run")}
          </button>
          <button
            type="button"
            className="btn small"
            disabled={text === saved}
            data-tip={t("editor.save-tip")}
            onClick={actions.save}
          >
            {t("editor.save")}
          </button>
        </>
      ) : (
        <>
          <button type="button" className="btn small primary" onClick={() => actions.finish(text)}>
            {t("editor.edit-save")}
          </button>
          <button type="button" className="btn small" onClick={() => actions.finish(null)}>
            {t("editor.edit-cancel")}
          </button>
          <span className="editor-note">{t("editor.edit-text")}</span>
        </>
      )}
      <Standing problems={problems} onProblem={onProblem} />
      <button
        type="button"
        className="btn small quiet"
        aria-pressed={tabLeaves}
        data-tip={t("editor.tab-tip")}
        onClick={actions.tabMode}
      >
        {t(tabLeaves ? "editor.tab-leaves" : "editor.tab-indents")}
      </button>
    </div>
  );
}

function Standing({ problems, onProblem }: { problems: Diagnostic[]; onProblem(problem: Diagnostic): void }) {
  const t = useT();
  const first = problems[0];
  return (
    <span className="editor-standing" role="status">
      {first === undefined ? (
        t("editor.valid")
      ) : (
        <button type="button" className="link" onClick={() => onProblem(first)}>
          {t("editor.problems", { count: problems.length })}: {first.message}
        </button>
      )}
    </span>
  );
}
