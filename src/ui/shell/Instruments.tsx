/** The control plane's four instruments: still while nothing happens, lit while it acts, red when stopped. */
import { useEffect, useState } from "react";
import { inspect } from "../state/actions.ts";
import { useCluster } from "../state/cluster.ts";
import { useInstruments } from "../state/time.ts";
import { useT } from "../words/translate.ts";

const lightFor = 600;

/** True for a moment after `value` rose. */
function useRecent(value: number): boolean {
  const [recent, setRecent] = useState(false);
  const [before, setBefore] = useState(value);
  if (before !== value) {
    setBefore(value);
    setRecent(true);
  }
  useEffect(() => {
    const timer = setTimeout(() => setRecent(false), lightFor);
    return () => clearTimeout(timer);
  }, [value]);
  return recent;
}

export function Instruments() {
  const t = useT();
  const { apiRequestsPerSecond, etcdRevision, schedulerPending, controllersBusy, stopped } = useInstruments();
  const written = useRecent(etcdRevision);
  const idle = t("instruments.idle");
  return (
    <div className="instruments" role="group" aria-label={t("instruments.label")}>
      <Instrument
        component="kube-apiserver"
        stopped={stopped}
        label={t("instruments.api")}
        value={t("instruments.rate", { count: Math.round(apiRequestsPerSecond) })}
        lit={apiRequestsPerSecond >= 1 && written}
      />
      <Instrument component="etcd" stopped={stopped} label="etcd" value={`rev ${etcdRevision}`} lit={written} />
      <Instrument
        component="kube-scheduler"
        stopped={stopped}
        label={t("instruments.scheduler")}
        value={schedulerPending === 0 ? idle : t("instruments.waiting", { count: schedulerPending })}
        lit={schedulerPending > 0}
      />
      <Instrument
        component="kube-controller-manager"
        stopped={stopped}
        label={t("instruments.controllers")}
        value={controllersBusy === 0 ? idle : t("instruments.busy", { count: controllersBusy })}
        lit={controllersBusy > 0}
      />
    </div>
  );
}

/** Static pods are named after their node. */
function controlPlane(): string {
  for (const node of useCluster.getState().nodes.values()) if (node.roles.includes("control-plane")) return node.name;
  return "";
}

interface InstrumentProps {
  component: string;
  stopped: string[];
  label: string;
  value: string;
  lit: boolean;
}

function Instrument({ component, stopped, label, value, lit }: InstrumentProps) {
  const t = useT();
  const out = stopped.includes(component);
  return (
    <button
      type="button"
      className={`instrument${lit ? " lit" : ""}${out ? " out" : ""}`}
      data-tip={t("instruments.tip", { component })}
      onClick={() => inspect({ kind: "Pod", namespace: "kube-system", name: `${component}-${controlPlane()}` })}
    >
      {label} <b>{out ? t("instruments.stopped") : value}</b>
    </button>
  );
}
