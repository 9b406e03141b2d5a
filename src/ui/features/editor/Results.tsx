/** What came of applying: one line a document, as kubectl prints them, and the problems with their lines. */
import { X } from "lucide-react";
import type { ApplyOutcome } from "../../../worker/protocol.ts";
import { useT } from "../../words/translate.ts";

interface ResultsProps {
  outcome: ApplyOutcome;
  onClose(): void;
  onShow(line: number): void;
}

export function Results({ outcome, onClose, onShow }: ResultsProps) {
  const t = useT();
  const lines = [
    ...outcome.results,
    ...outcome.diagnostics.map(({ line, message, severity }) => ({ line, ok: severity === "warning", text: message })),
  ];
  return (
    <section className="editor-results" role="status" aria-label={t("editor.results")}>
      <ul>
        {lines.length === 0 && <li>{t("editor.no-documents")}</li>}
        {lines.map(({ line, ok, text }, index) => (
          <li key={index} className={ok ? "ok" : "bad"}>
            <button type="button" className="link" onClick={() => onShow(line)}>
              {t("editor.line", { line })}
            </button>
            <code>{text}</code>
          </li>
        ))}
      </ul>
      <button type="button" className="btn quiet icon small" aria-label={t("editor.results-close")} onClick={onClose}>
        <X size={13} aria-hidden="true" />
      </button>
    </section>
  );
}
