/** What is selected: its state in a sentence, why it is so, its facts, its YAML, its events, its logs and a shell. */
import { useState } from "react";
import { ArrowLeft, X } from "lucide-react";
import "./inspector.css";
import type { InspectorView } from "../../../worker/protocol.ts";
import { StatusLine } from "../../components/StatusMark.tsx";
import { TabPanel, Tabs } from "../../components/Tabs.tsx";
import { followLogs, inspect, openShell, select, selectBack } from "../../state/actions.ts";
import { type InspectorTab, useSelection } from "../../state/selection.ts";
import { say, useT } from "../../words/translate.ts";
import { Events } from "./Events.tsx";
import { Network } from "./Network.tsx";
import { Scores } from "./Scores.tsx";
import { Yaml } from "./Yaml.tsx";

const podTabs: readonly InspectorTab[] = ["summary", "yaml", "events", "network", "logs", "shell"];
const serviceTabs: readonly InspectorTab[] = ["summary", "yaml", "events", "network"];
const otherTabs: readonly InspectorTab[] = ["summary", "yaml", "events"];

export function Inspector() {
  const t = useT();
  const { ref, view, tab, trail } = useSelection();
  if (ref === null) return <NothingSelected />;
  const tabs = ref.kind === "Pod" ? podTabs : ref.kind === "Service" ? serviceTabs : otherTabs;
  const shown = tabs.includes(tab) ? tab : "summary";
  return (
    <div className="inspector">
      <div className="inspector-top">
        <div className="eyebrow">
          {view !== null && view.place !== ""
            ? t("inspector.kind-on", { kind: ref.kind, place: view.place })
            : ref.kind}
          {ref.namespace !== "" && ref.namespace !== "default" && <> · {ref.namespace}</>}
        </div>
        <div className="inspector-buttons">
          {trail.length > 0 && (
            <button
              type="button"
              className="btn quiet icon small"
              aria-label={t("inspector.back")}
              data-tip={t("inspector.back")}
              onClick={selectBack}
            >
              <ArrowLeft size={13} aria-hidden="true" />
            </button>
          )}
          <button
            type="button"
            className="btn quiet icon small"
            aria-label={t("inspector.close")}
            data-tip={t("inspector.close")}
            onClick={() => select(null)}
          >
            <X size={13} aria-hidden="true" />
          </button>
        </div>
      </div>
      <h2 className="inspector-name">{ref.name}</h2>
      {view !== null && <InspectorStatus view={view} />}
      <Tabs
        label={t("inspector.tabs")}
        controls="inspector-view"
        className="inspector-tabs"
        active={shown}
        onChange={(next) => useSelection.setState({ tab: next })}
        items={tabs.map((id) => ({ id, label: t(`inspector.${id}`), title: tip(id, ref.kind, ref.name) }))}
      />
      <TabPanel id="inspector-view" tab={shown} className="inspector-view">
        {view !== null && <TabBody tab={shown} view={view} />}
      </TabPanel>
    </div>
  );
}

/** The command that shows the same in the terminal. */
function tip(tab: InspectorTab, kind: string, name: string): string {
  const what = `${kind.toLowerCase()} ${name}`;
  const commands: Record<InspectorTab, string> = {
    summary: `kubectl describe ${what}`,
    yaml: `kubectl get ${what} -o yaml`,
    network: `drydock trace ${kind.toLowerCase() === "pod" ? `pod/${name}` : "laptop"} …`,
    events: `kubectl events --for ${kind.toLowerCase()}/${name}`,
    logs: `kubectl logs -f ${name}`,
    shell: `kubectl exec -it ${name} -- sh`,
  };
  return commands[tab];
}

function InspectorStatus({ view }: { view: InspectorView }) {
  const t = useT();
  if (!view.exists) return <StatusLine state="none" text={t("inspector.gone")} />;
  return <StatusLine state={view.status.state} text={view.status.text} />;
}

function TabBody({ tab, view }: { tab: InspectorTab; view: InspectorView }) {
  if (tab === "yaml") return <Yaml text={view.yaml} />;
  if (tab === "events") return <Events events={view.events} />;
  if (tab === "network") return <Network view={view} />;
  if (tab === "logs") return <Logs view={view} />;
  if (tab === "shell") return <Shell view={view} />;
  return <Summary view={view} />;
}

function Summary({ view }: { view: InspectorView }) {
  const t = useT();
  return (
    <>
      {view.why !== undefined && (
        <div className={`why why-${view.why.tone}`}>
          <b>{say(view.why.title)}</b>
          {say(view.why.text)}
        </div>
      )}
      <dl className="facts">
        {view.rows.map((row, index) => {
          const { ref } = row;
          return (
            <div key={index}>
              <dt>{say(row.label)}</dt>
              <dd>
                {row.text !== undefined ? (
                  <span className="fact-words">{say(row.text)}</span>
                ) : ref === undefined ? (
                  row.value
                ) : (
                  <button type="button" className="link mono" onClick={() => inspect(ref)}>
                    {row.value}
                  </button>
                )}
                {row.label.key === "inspector.placed-by" && view.scores !== undefined && (
                  <Scores scores={view.scores} />
                )}
              </dd>
            </div>
          );
        })}
      </dl>
      {view.events.length > 0 && (
        <>
          <h3 className="inspector-part">{t("inspector.events")}</h3>
          <Events events={view.events} most={5} />
        </>
      )}
    </>
  );
}

function ContainerChoice({
  view,
  action,
  text,
  onGo,
}: {
  view: InspectorView;
  action: string;
  text: string;
  onGo(container: string): void;
}) {
  const t = useT();
  const [container, setContainer] = useState(view.containers[0] ?? "");
  return (
    <div className="container-choice">
      <p>{text}</p>
      {view.containers.length > 1 && (
        <label>
          {t("inspector.container")}
          <select className="field" value={container} onChange={(event) => setContainer(event.target.value)}>
            {view.containers.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <button type="button" className="btn" disabled={!view.exists} onClick={() => onGo(container)}>
        {action}
      </button>
    </div>
  );
}

function Logs({ view }: { view: InspectorView }) {
  const t = useT();
  const { namespace, name } = view.ref;
  return (
    <ContainerChoice
      view={view}
      action={t("inspector.follow-logs")}
      text={t("inspector.logs-text", { name })}
      onGo={(container) => void followLogs(namespace, name, container)}
    />
  );
}

function Shell({ view }: { view: InspectorView }) {
  const t = useT();
  const { namespace, name } = view.ref;
  return (
    <ContainerChoice
      view={view}
      action={t("inspector.open-shell")}
      text={t("inspector.shell-text", { name })}
      onGo={(container) => void openShell(namespace, name, container)}
    />
  );
}

function NothingSelected() {
  const t = useT();
  return (
    <div className="inspector nothing">
      <h2>{t("inspector.nothing-title")}</h2>
      <p>{t("inspector.nothing-text")}</p>
      <ul className="legend">
        {(["running", "waiting", "failing", "terminating", "completed", "pending"] as const).map((state) => (
          <li key={state}>
            <StatusLine state={state} text={t(`legend.${state}`)} />
            <span>{t(`legend.${state}-means`)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
