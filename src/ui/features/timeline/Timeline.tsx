/** What happened, newest first; each can be asked for its causes, and lights up its subject in the sea. */
import { useMemo, useState } from "react";
import "./timeline.css";
import type { Happening } from "../../../worker/protocol.ts";
import { actorName, causeChain, useHappenings } from "../../state/happenings.ts";
import { inspect } from "../../state/actions.ts";
import { usePage } from "../../state/page.ts";
import { refOfSubject, useSelection } from "../../state/selection.ts";
import { formatElapsed, useTime } from "../../state/time.ts";
import { useT } from "../../words/translate.ts";

const most = 300;

export function Timeline() {
  const t = useT();
  const list = useHappenings((state) => state.list);
  const [filter, setFilter] = useState("");
  const [open, setOpen] = useState(0);
  const shown = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    const fits = (one: Happening): boolean =>
      wanted === "" ||
      `${one.actor} ${one.as ?? ""} ${one.kind} ${one.subject} ${one.detail}`.toLowerCase().includes(wanted);
    return list.filter(fits).slice(-most).toReversed();
  }, [list, filter]);
  return (
    <div className="timeline">
      <input
        className="field timeline-filter"
        type="search"
        value={filter}
        placeholder={t("timeline.filter")}
        aria-label={t("timeline.filter")}
        onChange={(event) => setFilter(event.target.value)}
      />
      {shown.length === 0 && <p className="timeline-empty">{t(filter === "" ? "timeline.empty" : "timeline.none")}</p>}
      <ol className="happenings">
        {shown.map((one) => (
          <HappeningRow
            key={one.id}
            happening={one}
            open={one.id === open}
            onToggle={() => setOpen(one.id === open ? 0 : one.id)}
          />
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  happening: Happening;
  open: boolean;
  onToggle(): void;
}

function HappeningRow({ happening, open, onToggle }: RowProps) {
  const t = useT();
  const start = useTime((state) => state.now - state.elapsed);
  const light = (): void => useSelection.setState({ lit: open ? "" : happening.subject });
  return (
    <li className={open ? "open" : ""}>
      <button
        type="button"
        className="happening"
        aria-expanded={open}
        onClick={() => {
          light();
          onToggle();
        }}
      >
        <time>{formatElapsed(happening.time - start)}</time>
        <span className="happening-actor">
          {actorName(happening.actor)}
          {happening.as !== undefined && ` ${t("timeline.as", { user: happening.as })}`}
        </span>
        <span className="happening-what">
          <What happening={happening} />
        </span>
      </button>
      {open && refOfSubject(happening.subject) !== null && <ShowIt subject={happening.subject} />}
      {open && <Causes id={happening.id} start={start} empty={t("timeline.no-cause")} />}
    </li>
  );
}

function ShowIt({ subject }: { subject: string }) {
  const t = useT();
  const show = (): void => {
    const ref = refOfSubject(subject);
    usePage.setState({ seaView: "cluster" });
    if (ref !== null) inspect(ref);
    useSelection.setState({ lit: subject });
  };
  return (
    <p className="happening-show">
      <button type="button" className="link" onClick={show}>
        {t("timeline.show")}
      </button>
    </p>
  );
}

/** A write is told by its verb first, everything else by what it is about. */
function What({ happening: { kind, subject, detail } }: { happening: Happening }) {
  const t = useT();
  if (kind === "write") {
    return (
      <>
        <b>{detail}</b> <code>{subject}</code>
      </>
    );
  }
  if (kind === "denied") {
    const [verb = "", ...reason] = detail.split(" ");
    return (
      <span className="refused">
        {t("timeline.refused")} <b>{verb}</b> <code>{subject}</code> {reason.join(" ")}
      </span>
    );
  }
  return (
    <>
      <code>{subject}</code> {detail}
    </>
  );
}

function Causes({ id, start, empty }: { id: number; start: number; empty: string }) {
  const t = useT();
  const byId = useHappenings((state) => state.byId);
  const chain = causeChain(id, byId).slice(1);
  if (chain.length === 0) return <p className="causes-none">{empty}</p>;
  return (
    <ol className="causes" aria-label={t("timeline.because")}>
      {chain.map((cause) => (
        <li key={cause.id}>
          <time>{formatElapsed(cause.time - start)}</time> {t("timeline.because-of", { actor: actorName(cause.actor) })}{" "}
          <What happening={cause} />
        </li>
      ))}
    </ol>
  );
}
