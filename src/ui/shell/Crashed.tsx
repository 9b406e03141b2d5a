/** The worker is gone: what happened, what is safe, and the one thing to do. */
import { usePage } from "../state/page.ts";
import { useT } from "../words/translate.ts";

export function Crashed() {
  const t = useT();
  const reason = usePage((state) => state.crash);
  return (
    <main className="crashed" role="alert">
      <h2>{t("crash.title")}</h2>
      <p>{t("crash.text")}</p>
      <pre>{reason}</pre>
      <div className="crashed-foot">
        <button type="button" className="btn primary" onClick={() => location.reload()}>
          {t("crash.reload")}
        </button>
        <a className="btn" href={`${location.pathname}?fresh`}>
          {t("crash.fresh")}
        </a>
      </div>
    </main>
  );
}
