/** A command that can be read, copied and run: the same look wherever the page offers one. */
import { Copy } from "lucide-react";
import { notify } from "../state/page.ts";
import { useT } from "../words/translate.ts";

export function CommandLine({ command, onRun }: { command: string; onRun(command: string): void }) {
  const t = useT();
  return (
    <div className="run">
      <code>
        {command.split(" ").map((word, index) => (
          // A word is kept whole where it fits: a line that ends in "--" reads as something else.
          <span key={index}>
            {index > 0 && " "}
            <span className="word">{word}</span>
          </span>
        ))}
      </code>
      <button
        type="button"
        className="run-copy"
        aria-label={t("command.copy", { command })}
        data-tip={t("command.copy-tip")}
        onClick={() => void copyText(command).then(() => notify(t("notice.copied")))}
      >
        <Copy size={13} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="run-go"
        aria-label={t("command.run-this", { command })}
        data-tip={t("command.run-tip")}
        onClick={() => onRun(command)}
      >
        {t("command.run")}
      </button>
    </div>
  );
}

/** The clipboard of a page that is not served safely is absent; then the text is left selected for the learner's own copy. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
