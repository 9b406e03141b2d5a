/** "New cluster": what there is to start with, a sentence each, and a last chance to keep the present one's link. */
import { type SyntheticEvent, useEffect, useRef, useState } from "react";
import "./clusters.css";
import { copyText } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { engine, newCluster } from "../../state/engine.ts";
import { useLesson } from "../../state/lesson.ts";
import { notify, usePage } from "../../state/page.ts";
import { useT } from "../../words/translate.ts";

const kinds = ["default", "minikube", "ha", "cloud", "dual-stack", "bare", "empty", "scale"] as const;
type Kind = (typeof kinds)[number];

const mostNodes = 5000;
/** From here on a cluster takes its time to start. */
const many = 200;

export default function NewClusterDialog({ onClose }: { onClose(): void }) {
  const t = useT();
  const present = usePage((state) => state.preset);
  const inLesson = useLesson((state) => state.text !== null);
  const [kind, setKind] = useState<Kind>(() => kinds.find((one) => present.split(":")[0] === one) ?? "default");
  const [nodes, setNodes] = useState(() => Number(present.split(":")[1] ?? 20));
  const [state, setState] = useState<"choosing" | "starting" | { problem: string }>("choosing");
  const [kept, setKept] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  // The browser gives a dialog's focus to the first thing that can have it, which is its cross.
  useEffect(() => form.current?.querySelector<HTMLInputElement>("input:checked")?.focus(), []);
  const starting = state === "starting";
  const countFits = kind !== "scale" || (Number.isInteger(nodes) && nodes >= 1 && nodes <= mostNodes);
  const start = (event: SyntheticEvent): void => {
    event.preventDefault();
    setState("starting");
    newCluster(kind === "scale" ? `scale:${nodes}` : kind).then(onClose, (error: unknown) =>
      setState({ problem: error instanceof Error ? error.message : String(error) }),
    );
  };
  /** While one is being started, the present one still stands: it stays. */
  const cancel = (): void => {
    if (starting) void engine().cancelReplay();
    else onClose();
  };
  const keep = async (): Promise<void> => {
    try {
      const { fragment } = await engine().share();
      await copyText(`${location.href.split("#")[0]}#${fragment}`);
      setKept(true);
      notify(t("new.kept"));
    } catch {
      notify(t("new.no-link"), "bad");
    }
  };
  return (
    <Dialog title={t("new.title")} onClose={cancel} className="new-cluster">
      <p>{t("new.text")}</p>
      <form ref={form} onSubmit={start}>
        <fieldset className="kinds" disabled={starting}>
          <legend className="visually-hidden">{t("new.kinds")}</legend>
          {kinds.map((one) => (
            <label key={one} className={one === kind ? "kind chosen" : "kind"}>
              <input type="radio" name="kind" value={one} checked={one === kind} onChange={() => setKind(one)} />
              <span className="kind-name">
                <b>{t(`preset.${one}`)}</b>
                <code>{one === "scale" ? `scale:${nodes}` : one}</code>
              </span>
              <span className="kind-text">{t(`preset.${one}.text`)}</span>
            </label>
          ))}
        </fieldset>
        {kind === "scale" && (
          <label className="kind-nodes">
            {t("new.nodes")}
            <input
              className="field"
              type="number"
              min={1}
              max={mostNodes}
              required
              value={Number.isNaN(nodes) ? "" : nodes}
              disabled={starting}
              onChange={(event) => setNodes(event.target.valueAsNumber)}
            />
            {nodes >= many && <small>{t("new.slow")}</small>}
          </label>
        )}
        <p className="kind-loss">
          {t(inLesson ? "new.loss-lesson" : "new.loss")}{" "}
          <button type="button" className="link" disabled={starting || kept} onClick={() => void keep()}>
            {t(kept ? "new.kept" : "new.keep")}
          </button>
        </p>
        <div aria-live="polite">
          {typeof state === "object" && <p className="state-failing">{t("new.problem", state)}</p>}
        </div>
        <div className="dialog-foot">
          <button type="button" className="btn" onClick={cancel}>
            {t("new.cancel")}
          </button>
          <button type="submit" className="btn primary" disabled={starting || !countFits}>
            {t(starting ? "new.starting" : "new.start")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
