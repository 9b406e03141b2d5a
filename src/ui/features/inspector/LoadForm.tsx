/** "Send load": a pod of fortio that asks the service so many times a second, for a minute or until it is stopped. */
import { useState } from "react";
import type { ObjectRef } from "../../../worker/protocol.ts";
import { runCommand } from "../../state/actions.ts";
import { useCluster } from "../../state/cluster.ts";
import { useT } from "../../words/translate.ts";

/** The slider's stops: each about twice the one before. */
const stops = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

export function LoadForm({ subject }: { subject: ObjectRef }) {
  const t = useT();
  const [stop, setStop] = useState(stops.indexOf(200));
  const { namespace, name } = subject;
  const pod = `load-${name}`;
  useCluster((state) => state.version);
  const { pods, services } = useCluster.getState();
  const generator = [...pods.values()].find((one) => one.name === pod && one.namespace === namespace);
  const port = /^\d+/.exec([...services.values()].find((one) => one.name === name)?.ports[0] ?? "")?.[0] ?? "80";
  const running = generator !== undefined && generator.state !== "completed" && generator.state !== "failing";
  const rate = stops[stop] ?? 1;
  const away = `kubectl delete pod ${pod} -n ${namespace} --ignore-not-found --now`;
  const start = `kubectl run ${pod} -n ${namespace} --image=fortio/fortio --restart=Never -- load -qps ${rate} -c ${Math.min(64, Math.max(4, Math.ceil(rate / 50)))} -t 60s http://${name}:${port}/`;
  return (
    <section aria-label={t("network.load-title")}>
      <h3 className="inspector-part">{t("network.load-title")}</h3>
      <p>{t("network.load-text")}</p>
      <div className="network-form">
        <label>
          {t("network.per-second")}
          <span className="network-rate">
            <input
              type="range"
              min={0}
              max={stops.length - 1}
              step={1}
              value={stop}
              aria-valuetext={rate.toLocaleString()}
              disabled={running}
              onChange={(event) => setStop(Number(event.target.value))}
            />
            <output>{rate.toLocaleString()}</output>
          </span>
        </label>
        {running ? (
          <button type="button" className="btn" onClick={() => runCommand(away)}>
            {t("network.load-stop")}
          </button>
        ) : (
          <button
            type="button"
            className="btn"
            data-tip={start}
            onClick={() => runCommand(generator === undefined ? start : `${away}; ${start}`)}
          >
            {t("network.load-start")}
          </button>
        )}
      </div>
    </section>
  );
}
