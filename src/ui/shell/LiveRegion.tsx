/** Says aloud what changed, and shows it for a moment to those who see. */
import { useEffect, useState } from "react";
import { useCluster } from "../state/cluster.ts";
import { usePage } from "../state/page.ts";
import { useT } from "../words/translate.ts";

const shownFor = 5000;
/** Pod changes are summed up, or a rollout would never stop talking. */
const sumUp = 1500;

export function LiveRegion() {
  const notice = usePage((state) => state.notice);
  const [visible, setVisible] = useState(0);
  useEffect(() => {
    if (notice.text === "") return;
    setVisible(notice.id);
    const timer = setTimeout(() => setVisible(0), shownFor);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <>
      <div className="visually-hidden" role="status" aria-live="polite">
        {notice.text}
      </div>
      <PodSummary />
      {visible === notice.id && visible !== 0 && (
        <div className={`toast ${notice.tone}`} aria-hidden="true">
          {notice.text}
        </div>
      )}
    </>
  );
}

function PodSummary() {
  const t = useT();
  const [text, setText] = useState("");
  useEffect(() => {
    let timer = 0;
    let last = "";
    const speak = (): void => {
      timer = 0;
      let running = 0;
      let failing = 0;
      let all = 0;
      for (const pod of useCluster.getState().pods.values()) {
        if (pod.system) continue;
        all++;
        if (pod.ready) running++;
        if (pod.state === "failing") failing++;
      }
      const next = t("live.pods", { ready: running, count: all, failing });
      if (next !== last) setText(next);
      last = next;
    };
    return useCluster.subscribe(() => {
      if (timer === 0) timer = window.setTimeout(speak, sumUp);
    });
  }, [t]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
