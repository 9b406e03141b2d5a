/**
 * All pods that are drawn one by one, in one layer across docks, lane and owners: so a pod that is placed travels there
 * instead of vanishing here and appearing there. Those that are gone stay a moment to sink.
 */
import { memo, useEffect, useReducer, useRef } from "react";
import { inspect, select } from "../../state/actions.ts";
import { isLit, useSelection } from "../../state/selection.ts";
import { useTime } from "../../state/time.ts";
import { useT } from "../../words/translate.ts";
import { StatusMark } from "../../components/StatusMark.tsx";
import { hueOf } from "./hues.ts";
import type { PlacedPod } from "./layout-cluster.ts";
import type { Picture } from "./layout-store.ts";

const sinking = 240;

export function PodLayer({ picture }: { picture: Picture }) {
  const leaving = useLeaving(picture);
  if (picture.drawing === "dots") return null;
  const shown = [...picture.pods.values()];
  const first = shown[0]?.pod.uid;
  return (
    <div className={`pods pods-${picture.drawing}`}>
      {shown.map((placed) => (
        <PodCard key={placed.pod.uid} {...cardProps(placed)} entry={placed.pod.uid === first} leaving={false} />
      ))}
      {leaving.map((placed) => (
        <PodCard key={placed.pod.uid} {...cardProps(placed)} entry={false} leaving />
      ))}
    </div>
  );
}

/** Pods of the last picture that this one lacks, for as long as they sink. */
function useLeaving(picture: Picture): PlacedPod[] {
  const before = useRef<Picture>(picture);
  const leaving = useRef(new Map<string, PlacedPod>());
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  if (before.current !== picture) {
    if (before.current.view === picture.view && picture.drawing !== "dots") {
      for (const [uid, placed] of before.current.pods) if (!picture.pods.has(uid)) leaving.current.set(uid, placed);
    }
    before.current = picture;
  }
  const count = leaving.current.size;
  useEffect(() => {
    if (count === 0) return;
    const timer = setTimeout(() => {
      leaving.current.clear();
      redraw();
    }, sinking);
    return () => clearTimeout(timer);
  }, [count]);
  return [...leaving.current.values()].filter(({ pod }) => !picture.pods.has(pod.uid));
}

type CardProps = ReturnType<typeof cardProps> & { entry: boolean; leaving: boolean };

function cardProps({ pod, x, y, width, height }: PlacedPod) {
  return { pod, x, y, width, height };
}

const PodCard = memo(function PodCard({ pod, x, y, width, height, entry, leaving }: CardProps) {
  const t = useT();
  const chosen = useSelection(
    ({ ref }) => ref?.kind === "Pod" && ref.name === pod.name && ref.namespace === pod.namespace,
  );
  const anything = useSelection(({ ref }) => ref !== null && ref.kind === "Pod");
  const lit = useSelection((state) => isLit(state.lit, { kind: "Pod", namespace: pod.namespace, name: pod.name }));
  const small = width < 120;
  const ref = { kind: "Pod", namespace: pod.namespace, name: pod.name };
  const tail = small ? pod.name.slice(pod.name.lastIndexOf("-") + 1) : pod.name;
  const status = pod.state === "running" && !pod.ready ? t("pod.not-ready") : pod.status;
  const node = pod.node === "" ? t("sea.no-node") : pod.node;
  const classes = [
    "pod",
    `pod-${pod.state}`,
    chosen && "selected",
    lit && "lit",
    leaving && "leaving",
    small && "small",
  ];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(" ")}
      style={{ transform: `translate(${x}px, ${y}px)`, width, height, borderLeftColor: hueOf(pod.family) }}
      data-station={`pod/${pod.uid}`}
      data-tip={small ? `${pod.name}\n${pod.status}` : undefined}
      tabIndex={chosen || (!anything && entry) ? 0 : -1}
      aria-hidden={leaving || undefined}
      aria-label={small ? t("sea.pod", { name: pod.name, status, node }) : undefined}
      onClick={() => select(ref)}
      onDoubleClick={() => inspect(ref)}
    >
      {!small && <span className="visually-hidden">{t("sea.pod-kind")}</span>}
      <span className="pod-name">
        {small ? <StatusLineSmall state={pod.state} /> : null}
        {tail}
      </span>
      {!small && (
        <span className={`status state-${pod.state}`}>
          <StatusMark state={pod.state === "running" && !pod.ready ? "waiting" : pod.state} size={10} />
          <span className="status-text">{status}</span>
          {pod.restarts > 0 && <span className="pod-restarts">{t("pod.restarts", { count: pod.restarts })}</span>}
        </span>
      )}
      {!small && <span className="visually-hidden">{t("sea.pod-more", { node })}</span>}
      {pod.pull !== undefined && <PullBar from={pod.pull.from} to={pod.pull.to} />}
    </button>
  );
});

function StatusLineSmall({ state }: { state: PlacedPod["pod"]["state"] }) {
  return (
    <span className={`state-${state}`}>
      <StatusMark state={state} size={9} />
    </span>
  );
}

/** Fills while the image is fetched, by virtual time. */
function PullBar({ from, to }: { from: number; to: number }) {
  const share = useTime(({ now }) =>
    Math.max(0, Math.min(100, Math.round((100 * (now - from)) / Math.max(1, to - from)))),
  );
  return (
    <span className="pull" aria-hidden="true">
      <i style={{ width: `${share}%` }} />
    </span>
  );
}
