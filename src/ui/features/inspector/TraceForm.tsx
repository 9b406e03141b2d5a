/** "Trace a request": from where, to where, and what became of it, hop by hop. The chart lights the way up meanwhile. */
import type { SyntheticEvent } from "react";
import type { ObjectRef, TraceView } from "../../../worker/protocol.ts";
import { CommandLine } from "../../components/CommandLine.tsx";
import { inspect, runCommand } from "../../state/actions.ts";
import { useCluster } from "../../state/cluster.ts";
import { useDock } from "../../state/dock.ts";
import { useTime } from "../../state/time.ts";
import { keepTrace, sendTrace, useTrace } from "../../state/trace.ts";
import { useT } from "../../words/translate.ts";

/** Beyond that many pods a list to choose from is none: then it is typed. */
const mostPlaces = 200;

export function TraceForm({ subject }: { subject: ObjectRef }) {
  const t = useT();
  const places = usePlaces(subject);
  const session = useDock((state) => state.session);
  const id = `${session}/${subject.kind}/${subject.namespace}/${subject.name}`;
  const kept = useTrace();
  const isOwn = kept.subject === id;
  const from = (isOwn ? kept.from : undefined) ?? places[0] ?? "laptop";
  const url = (isOwn ? kept.url : undefined) ?? firstUrl(subject);
  const state = isOwn ? kept.outcome : "idle";
  const paused = useTime(({ paused: stands }) => stands);
  const send = (event: SyntheticEvent): void => {
    event.preventDefault();
    void sendTrace(id, from, url);
  };
  return (
    <section aria-label={t("network.trace-title")}>
      <h3 className="inspector-part">{t("network.trace-title")}</h3>
      <p>{t("network.trace-text")}</p>
      <form className="network-form" onSubmit={send}>
        <label>
          {t("network.from")}
          <select className="field" value={from} onChange={(event) => keepTrace(id, { from: event.target.value })}>
            {places.map((place) => (
              <option key={place} value={place}>
                {place === "laptop" ? t("network.laptop") : place}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("network.url")}
          <input
            className="field"
            value={url}
            spellCheck={false}
            autoCapitalize="off"
            onChange={(event) => keepTrace(id, { url: event.target.value })}
          />
        </label>
        <button type="submit" className="btn" disabled={url === "" || state === "sent"}>
          {t("network.trace")}
        </button>
      </form>
      <div aria-live="polite">
        {state === "sent" && <p>{t(paused ? "network.time-stands" : "network.tracing")}</p>}
        {typeof state === "object" && "failed" in state && <p className="network-failed">{state.failed}</p>}
        {typeof state === "object" && "hops" in state && <Traced trace={state} />}
      </div>
    </section>
  );
}

/** Where a request can be sent from: the pod itself; for a service the running pods of its namespace, then the others. */
function usePlaces(subject: ObjectRef): string[] {
  // The map is changed in place: its version says when.
  useCluster((state) => state.version);
  const { pods } = useCluster.getState();
  if (subject.kind === "Pod") return [`pod/${subject.namespace}/${subject.name}`, "laptop"];
  const running = [...pods.values()].filter((pod) => pod.state === "running" && !pod.system).slice(0, mostPlaces);
  const near = running.filter((pod) => pod.namespace === subject.namespace);
  const far = running.filter((pod) => pod.namespace !== subject.namespace);
  return [...[...near, ...far].map((pod) => `pod/${pod.namespace}/${pod.name}`), "laptop"];
}

function firstUrl({ kind, namespace, name }: ObjectRef): string {
  const { services } = useCluster.getState();
  const own = [...services.values()].filter((service) => !service.system);
  const service =
    kind === "Service"
      ? [...services.values()].find((one) => one.name === name && one.namespace === namespace)
      : (own.find((one) => one.namespace === namespace && one.name !== "kubernetes") ?? own[0]);
  if (service === undefined) return "http://kubernetes.default:443/";
  const port = /^\d+/.exec(service.ports[0] ?? "")?.[0] ?? "80";
  const host =
    service.namespace === namespace && kind === "Pod" ? service.name : `${service.name}.${service.namespace}`;
  return `http://${host}${port === "80" ? "" : `:${port}`}/`;
}

/** How it ended, and why, before the way that it took: that is what was asked. */
function Traced({ trace }: { trace: TraceView }) {
  const t = useT();
  const { from, url, hops, ms, status, errno, cause, change, command, better, host } = trace;
  const prove = `drydock why ${from} ${url}`;
  return (
    <>
      {status !== undefined && cause === undefined ? (
        <p className="network-answered">{t("network.answered", { status, ms })}</p>
      ) : (
        <div className="why why-bad">
          <b>
            {status === undefined
              ? t("network.unanswered", { errno: errno ?? "", ms })
              : t("network.answered", { status, ms })}
          </b>
          {cause !== undefined && (
            <dl className="network-cause">
              <dt>{t("network.why")}</dt>
              <dd>{cause}</dd>
              {change !== undefined && (
                <>
                  <dt>{t("network.mend")}</dt>
                  <dd>{change}</dd>
                </>
              )}
            </dl>
          )}
          {command !== undefined && <CommandLine command={command} onRun={runCommand} />}
          {(command ?? better ?? host) !== undefined && (
            <button
              type="button"
              className="btn small"
              data-tip={t("network.prove-tip")}
              onClick={() => runCommand(prove)}
            >
              {t("network.prove")}
            </button>
          )}
        </div>
      )}
      <ol className="hops" aria-label={t("network.hops")}>
        {hops.map((hop, index) => (
          <li key={index}>
            <HopPlace at={hop.at} /> <b>{hop.decision}</b>
            <span>{hop.reason}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** A hop's station, as a way into the inspector where it is an object. */
function HopPlace({ at }: { at: string }) {
  const [kind = "", first = "", second = ""] = at.split("/");
  const ref: ObjectRef | undefined =
    kind === "pod"
      ? { kind: "Pod", namespace: first, name: second }
      : kind === "service"
        ? { kind: "Service", namespace: first, name: second }
        : kind === "node"
          ? { kind: "Node", namespace: "", name: first }
          : undefined;
  if (ref === undefined) return <span className="mono">{at}</span>;
  return (
    <button type="button" className="link mono" onClick={() => inspect(ref)}>
      {at}
    </button>
  );
}
