/** The page was opened by a link: run it, or look inside first; or say plainly why it can't be opened. */
import { useState } from "react";
import "./share.css";
import { Dialog } from "../../components/Dialog.tsx";
import type { SessionInfo } from "../../../worker/protocol.ts";
import { forgetLink, runLink } from "../../state/actions.ts";
import { notify, usePage } from "../../state/page.ts";
import { formatElapsed } from "../../state/time.ts";
import { useT } from "../../words/translate.ts";

export default function LinkDialog({ onClose: close }: { onClose(): void }) {
  const t = useT();
  // A link that was run stays in the address: a reload goes on from it, and the learner's own session is one address away.
  const answered = (): void => {
    usePage.setState({ link: null });
    close();
  };
  const link = usePage((state) => state.link);
  if (link === null) return null;
  const decline = (): void => {
    forgetLink();
    answered();
  };
  if (link.ok) return <OpenLink info={link.info} onRun={answered} onDecline={decline} />;
  return (
    <Dialog title={t("link.bad-title")} onClose={decline}>
      <p>{t(`link.problem.${link.problem}`)}</p>
      <p>{t("link.own-session")}</p>
      <div className="dialog-foot">
        <button type="button" className="btn primary" onClick={decline}>
          {t("link.go-on")}
        </button>
      </div>
    </Dialog>
  );
}

function OpenLink({ info, onRun, onDecline }: { info: SessionInfo; onRun(): void; onDecline(): void }) {
  const t = useT();
  const [inside, setInside] = useState(false);
  const [running, setRunning] = useState(false);
  const run = async (): Promise<void> => {
    setRunning(true);
    try {
      await runLink();
      notify(t("link.opened"));
    } catch {
      forgetLink();
      notify(t("link.failed"), "bad");
    }
    onRun();
  };
  return (
    <Dialog title={t("link.title")} onClose={onDecline}>
      <p>{t("link.text", { inputs: info.inputs, time: formatElapsed(info.elapsed), preset: info.preset })}</p>
      {inside && (
        <div className="link-inside">
          <p>{t(info.summary.length === 0 ? "link.nothing-inside" : "link.inside")}</p>
          <pre tabIndex={0} aria-label={t("link.inside")}>
            {info.summary.join("\n")}
          </pre>
        </div>
      )}
      <div className="dialog-foot">
        <button type="button" className="btn" onClick={onDecline}>
          {t("link.decline")}
        </button>
        <button type="button" className="btn" aria-expanded={inside} onClick={() => setInside(!inside)}>
          {t(inside ? "link.hide" : "link.look")}
        </button>
        <button type="button" className="btn primary" disabled={running} onClick={() => void run()}>
          {t(running ? "link.running" : "link.run")}
        </button>
      </div>
    </Dialog>
  );
}
