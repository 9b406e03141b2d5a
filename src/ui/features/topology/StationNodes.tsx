/** What React Flow draws: docks, buoys, the laptop, the waiting lane, and the workloads of the Owners view. */
import { memo } from "react";
import { Anchor, Laptop, PowerOff } from "lucide-react";
import type { NodeView, ServiceView, WorkloadView } from "../../../worker/protocol.ts";
import { inspect, select, showDock } from "../../state/actions.ts";
import { isLit, useSelection } from "../../state/selection.ts";
import { useT } from "../../words/translate.ts";
import { hueOf } from "./hues.ts";

function useMarks(kind: string, namespace: string, name: string): string {
  const selected = useSelection(({ ref }) => ref?.kind === kind && ref.name === name && ref.namespace === namespace);
  const lit = useSelection((state) => isLit(state.lit, { kind, namespace, name }));
  return `${selected ? " selected" : ""}${lit ? " lit" : ""}`;
}

const DockNode = memo(function DockNode({ data }: { data: { node: NodeView; entry: boolean } }) {
  const t = useT();
  const { node } = data;
  const marks = useMarks("Node", "", node.name);
  const state = !node.powered ? "off" : node.state;
  const ref = { kind: "Node", namespace: "", name: node.name };
  return (
    <div className={`dock dock-${state}${marks}`}>
      <button
        type="button"
        className="dock-head"
        data-station={`node/${node.name}`}
        tabIndex={data.entry ? 0 : -1}
        onClick={() => select(ref)}
        onDoubleClick={() => inspect(ref)}
      >
        <span className="visually-hidden">{t("sea.node-kind")}</span>
        <span className="dock-name">{node.name}</span>
        <small>{node.podCIDR}</small>
        {state !== "ready" && (
          <em className={`dock-state ${state === "off" ? "state-failing" : "state-not-ready"}`}>
            {state === "off" ? <PowerOff size={11} aria-hidden="true" /> : <Anchor size={11} aria-hidden="true" />}
            {t(`node.${state}`)}
          </em>
        )}
        {!node.schedulable && state === "ready" && <em className="dock-state">{t("node.cordoned")}</em>}
        <span className="visually-hidden">
          {t("sea.node-more", { state: t(`node.${state}`), pods: node.pods.count })}
        </span>
      </button>
      <div className="dock-foot">
        <Gauge label={t("sea.cpu")} used={node.cpu.requestedMilli} of={node.cpu.allocatableMilli} />
        <Gauge label={t("sea.memory")} used={node.memory.requestedBytes} of={node.memory.allocatableBytes} />
        <span className="dock-count">{podCount(t, node)}</span>
      </div>
    </div>
  );
});

function podCount(t: ReturnType<typeof useT>, node: NodeView): string {
  return t("sea.pod-count", { count: node.pods.count, capacity: node.pods.capacity });
}

function Gauge({ label, used, of }: { label: string; used: number; of: number }) {
  const share = of === 0 ? 0 : Math.min(100, Math.round((100 * used) / of));
  return (
    <span className="gauge">
      {label}
      <span className={`gauge-bar${share >= 90 ? " full" : ""}`}>
        <i style={{ width: `${share}%` }} />
      </span>
      {share}%
    </span>
  );
}

const ServiceNode = memo(function ServiceNode({ data }: { data: { service: ServiceView } }) {
  const t = useT();
  const { service } = data;
  const marks = useMarks("Service", service.namespace, service.name);
  const ready = service.endpoints.filter((endpoint) => endpoint.ready).length;
  const ref = { kind: "Service", namespace: service.namespace, name: service.name };
  return (
    <button
      type="button"
      className={`buoy${marks}${ready === 0 ? " adrift" : ""}`}
      data-station={`service/${service.uid}`}
      tabIndex={-1}
      onClick={() => select(ref)}
      onDoubleClick={() => inspect(ref)}
    >
      <span>
        <b>{service.name}</b> Service
      </span>
      <small>
        {service.clusterIP}:{service.ports.join(", ")}
      </small>
      <span className="visually-hidden">{t("sea.service-more", { ready, count: service.endpoints.length })}</span>
    </button>
  );
});

const LaptopNode = memo(function LaptopNode() {
  const t = useT();
  return (
    <button type="button" className="laptop" tabIndex={-1} onClick={() => showDock()} data-tip={t("sea.laptop-tip")}>
      <Laptop size={13} aria-hidden="true" /> {t("sea.laptop")}
      <small>kubectl, curl</small>
    </button>
  );
});

const LaneNode = memo(function LaneNode({ data }: { data: { count: number; hidden: number } }) {
  const t = useT();
  return (
    <div className="lane">
      <span>{t("sea.lane", { count: data.count })}</span>
      {data.hidden > 0 && <small>{t("sea.lane-hidden", { count: data.hidden })}</small>}
    </div>
  );
});

const WorkloadNode = memo(function WorkloadNode({ data }: { data: { workload: WorkloadView } }) {
  const t = useT();
  const { workload } = data;
  const marks = useMarks(workload.kind, workload.namespace, workload.name);
  const ref = { kind: workload.kind, namespace: workload.namespace, name: workload.name };
  const settled = workload.ready >= workload.desired;
  return (
    <button
      type="button"
      className={`workload${marks}${workload.desired === 0 ? " spent" : ""}`}
      style={{ borderLeftColor: hueOf(workload.family) }}
      data-station={`workload/${workload.uid}`}
      tabIndex={-1}
      onClick={() => select(ref)}
      onDoubleClick={() => inspect(ref)}
    >
      <span className="workload-kind">
        {workload.kind}
        {workload.revision !== "" && <i>{t("sea.revision", { revision: workload.revision })}</i>}
      </span>
      <b>{workload.name}</b>
      <span className={settled ? "state-ready" : "state-waiting"}>
        {t("sea.ready-of", { ready: workload.ready, desired: workload.desired })}
      </span>
    </button>
  );
});

export const stationTypes = {
  dock: DockNode,
  service: ServiceNode,
  laptop: LaptopNode,
  lane: LaneNode,
  workload: WorkloadNode,
};
