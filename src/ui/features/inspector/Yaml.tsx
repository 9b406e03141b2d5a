/** Read-only YAML with keys, strings and numbers told apart, and a button that copies it. */
import { useMemo } from "react";
import { Copy } from "lucide-react";
import { copyText } from "../../components/CommandLine.tsx";
import { notify } from "../../state/page.ts";
import { useT } from "../../words/translate.ts";
import { highlightYaml } from "./highlight-yaml.ts";

export function Yaml({ text }: { text: string }) {
  const t = useT();
  const lines = useMemo(() => highlightYaml(text), [text]);
  return (
    <div className="yaml">
      <button
        type="button"
        className="btn small"
        onClick={() => void copyText(text).then(() => notify(t("notice.copied")))}
      >
        <Copy size={12} aria-hidden="true" /> {t("inspector.copy-yaml")}
      </button>
      {/* Long lines scroll sideways, and what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} aria-label={t("inspector.yaml")}>
        {lines.map((line, index) => (
          <span key={index} className="yaml-line">
            {line.map((part, at) => (
              <span key={at} className={part.kind === "" ? undefined : `yaml-${part.kind}`}>
                {part.text}
              </span>
            ))}
            {"\n"}
          </span>
        ))}
      </pre>
    </div>
  );
}
