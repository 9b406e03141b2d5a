/** A link that carries the whole scenario: made by the worker, copied here, its length said. */
import { useEffect, useRef, useState } from "react";
import "./share.css";
import { copyText } from "../../components/CommandLine.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { engine } from "../../state/engine.ts";
import { notify } from "../../state/page.ts";
import { useT } from "../../words/translate.ts";

/** Longer links are cut by some chat programs. */
const comfortable = 8000;

export default function ShareDialog({ onClose }: { onClose(): void }) {
  const t = useT();
  const [link, setLink] = useState("");
  const [hash, setHash] = useState("");
  const [problem, setProblem] = useState(false);
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    engine()
      .share()
      .then((moment) => {
        setLink(`${location.href.split("#")[0]}#${moment.fragment}`);
        setHash(moment.hash);
      })
      .catch(() => setProblem(true));
  }, []);
  const copy = async (): Promise<void> => {
    await copyText(link);
    setCopied(true);
    notify(t("share.copied"));
  };
  return (
    <Dialog title={t("share.title")} onClose={onClose}>
      <p>{t("share.text")}</p>
      {problem ? (
        <p role="alert" className="state-failing">
          {t("share.problem")}
        </p>
      ) : (
        <textarea
          ref={field}
          className="field share-link mono"
          readOnly
          rows={3}
          value={link}
          aria-label={t("share.link")}
          placeholder={t("share.making")}
          onFocus={(event) => event.target.select()}
        />
      )}
      {link !== "" && (
        <p className="share-size">
          {t("share.size", { count: link.length })} {link.length > comfortable ? t("share.long") : t("share.fits")}{" "}
          <span className="mono" data-tip={t("share.hash-tip")}>
            {t("share.hash", { hash })}
          </span>
        </p>
      )}
      <div className="dialog-foot">
        <button type="button" className="btn" onClick={onClose}>
          {t("dialog.close")}
        </button>
        <button type="button" className="btn primary" disabled={link === ""} onClick={() => void copy()}>
          {t(copied ? "share.copied-button" : "share.copy")}
        </button>
      </div>
    </Dialog>
  );
}
