/** A cluster with nothing of the learner's own in it says the first three things worth doing; each is a click. */
import { CommandLine } from "../../components/CommandLine.tsx";
import { runCommand } from "../../state/actions.ts";
import { useCluster } from "../../state/cluster.ts";
import { useT } from "../../words/translate.ts";

const first = [
  ["empty.look", "kubectl get nodes"],
  ["empty.create", "kubectl create deployment hello --image=gcr.io/google-samples/kubernetes-bootcamp:v1"],
  ["empty.expose", "kubectl expose deployment/hello --type=NodePort --port=8080"],
] as const;

export function EmptySea() {
  const t = useT();
  const nodes = useCluster((state) => state.nodes.size);
  if (nodes === 0) {
    return (
      <section className="empty-sea" aria-label={t("empty.no-cluster")}>
        <h2>{t("empty.no-cluster")}</h2>
        <p>{t("empty.start")}</p>
        <CommandLine command="minikube start" onRun={runCommand} />
      </section>
    );
  }
  return (
    <section className="empty-sea" aria-label={t("empty.title")}>
      <h2>{t("empty.title")}</h2>
      <ol>
        {first.map(([key, command]) => (
          <li key={key}>
            <span>{t(key)}</span>
            <CommandLine command={command} onRun={runCommand} />
          </li>
        ))}
      </ol>
    </section>
  );
}
