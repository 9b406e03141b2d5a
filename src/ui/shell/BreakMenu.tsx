/** Break something: every fault that can be made now, from what is really there. */
import { Unplug } from "lucide-react";
import { Menu, type MenuGroup } from "../components/Menu.tsx";
import { breakSomething } from "../state/actions.ts";
import { useCluster } from "../state/cluster.ts";
import { useSelection } from "../state/selection.ts";
import { useInstruments } from "../state/time.ts";
import { useT } from "../words/translate.ts";

const components = ["kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"];

export function BreakMenu() {
  const t = useT();
  // The menu's contents are made when it is drawn; a new version of the cluster may bring or take nodes.
  useCluster((state) => [...state.nodes.values()].map((node) => node.name + node.powered).join());
  useInstruments((state) => state.stopped.join());
  useSelection((state) => state.view);
  return (
    <Menu
      label={t("break.button")}
      className="btn break-menu"
      button={
        <>
          <Unplug size={14} aria-hidden="true" />
          <span>{t("break.button")}</span>
        </>
      }
      tip={t("break.tip")}
      align="end"
      empty={t("break.empty")}
      groups={[nodeGroup(t), containerGroup(t), componentGroup(t)].filter((group) => group.items.length > 0)}
    />
  );
}

type T = ReturnType<typeof useT>;

function nodeGroup(t: T): MenuGroup {
  const nodes = [...useCluster.getState().nodes.values()].slice(0, 12);
  return {
    label: t("break.nodes"),
    items: nodes.map(({ name, powered }) => ({
      id: name,
      label: t(powered ? "break.power-off" : "break.power-on", { node: name }),
      command: `drydock power ${powered ? "off" : "on"} ${name}`,
      onChoose: () => breakSomething({ kind: powered ? "power-off" : "power-on", node: name }),
    })),
  };
}

/** The selected pod's containers, or else those of the first running pod. */
function containerGroup(t: T): MenuGroup {
  const { view } = useSelection.getState();
  const label = t("break.containers");
  if (view?.ref.kind !== "Pod") return { label, items: [] };
  const { namespace, name } = view.ref;
  return {
    label,
    items: view.containers.map((container) => ({
      id: container,
      label: t("break.kill", { container, pod: name }),
      command: `drydock kill ${name} ${container}`,
      onChoose: () => breakSomething({ kind: "kill-container", namespace, pod: name, container }),
    })),
  };
}

function componentGroup(t: T): MenuGroup {
  const { stopped } = useInstruments.getState();
  return {
    label: t("break.components"),
    items: components.map((component) => {
      const out = stopped.includes(component);
      return {
        id: component,
        label: t(out ? "break.start" : "break.stop", { component }),
        command: `drydock ${out ? "start" : "stop"} ${component}`,
        onChoose: () => breakSomething({ kind: out ? "start-component" : "stop-component", component }),
      };
    }),
  };
}
