/** The same sea as tables: what a screen reader reads best, and some people too. */
import type { ReactNode } from "react";
import { inspect } from "../../state/actions.ts";
import { useCluster } from "../../state/cluster.ts";
import { usePage } from "../../state/page.ts";
import { StatusLine } from "../../components/StatusMark.tsx";
import { useT } from "../../words/translate.ts";

const most = 500;

export function SeaList() {
  const t = useT();
  useCluster((state) => state.version);
  const system = usePage((state) => state.systemVisible);
  const cluster = useCluster.getState();
  const nodes = [...cluster.nodes.values()];
  const all = [...cluster.pods.values()].filter((pod) => system || !pod.system);
  const pods = all.slice(0, most);
  const hidden = all.length - pods.length;
  const services = [...cluster.services.values()].filter((service) => system || !service.system);
  return (
    <div className="sea-list">
      <Table caption={t("list.nodes")} head={[t("list.name"), t("list.state"), t("list.pods")]}>
        {nodes.map((node) => (
          <tr key={node.name}>
            <Name onOpen={() => inspect({ kind: "Node", namespace: "", name: node.name })}>{node.name}</Name>
            <td>
              <StatusLine
                state={node.state === "ready" ? "ready" : "not-ready"}
                text={t(`node.${node.powered ? node.state : "off"}`)}
              />
            </td>
            <td>{node.pods.count}</td>
          </tr>
        ))}
      </Table>
      <Table caption={t("list.pods")} head={[t("list.name"), t("list.state"), t("list.node"), t("list.address")]}>
        {pods.map((pod) => (
          <tr key={pod.uid}>
            <Name onOpen={() => inspect({ kind: "Pod", namespace: pod.namespace, name: pod.name })}>{pod.name}</Name>
            <td>
              <StatusLine state={pod.state} text={pod.status} />
            </td>
            <td className="mono">{pod.node === "" ? t("sea.no-node") : pod.node}</td>
            <td className="mono">{pod.ip}</td>
          </tr>
        ))}
      </Table>
      {hidden > 0 && <p>{t("list.hidden", { count: hidden })}</p>}
      <Table caption={t("list.services")} head={[t("list.name"), t("list.address"), t("list.endpoints")]}>
        {services.map((service) => (
          <tr key={service.uid}>
            <Name onOpen={() => inspect({ kind: "Service", namespace: service.namespace, name: service.name })}>
              {service.name}
            </Name>
            <td className="mono">
              {service.clusterIP} {service.ports.join(", ")}
            </td>
            <td>
              {t("sea.ready-of", {
                ready: service.endpoints.filter((endpoint) => endpoint.ready).length,
                desired: service.endpoints.length,
              })}
            </td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Table({ caption, head, children }: { caption: string; head: string[]; children: ReactNode }) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {head.map((text) => (
            <th key={text} scope="col">
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

function Name({ children, onOpen }: { children: string; onOpen(): void }) {
  return (
    <th scope="row">
      <button type="button" className="link mono" onClick={onOpen}>
        {children}
      </button>
    </th>
  );
}
