/** A cluster with nothing of the learner's own in it says the first three things worth doing; each is a click. */
import { CommandLine } from "../../components/CommandLine.tsx";
import { runCommand } from "../../state/actions.ts";
import { useT } from "../../words/translate.ts";

const first = [
  ["empty.look", "kubectl get nodes"],
  ["empty.create", "kubectl create deployment hello --image=gcr.io/google-samples/kubernetes-bootcamp:v1"],
  ["empty.expose", "kubectl expose deployment/hello --type=NodePort --port=8080"],
] as const;

export function EmptySea() {
  const t = useT();
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
