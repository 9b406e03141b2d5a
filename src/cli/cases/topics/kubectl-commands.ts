/** Scripts of kubectl commands, as upstream's command tests have them: our kubectl, in a cluster without scheduler and kubelets. */
import { Playground } from "../../../worker/playground.ts";
import type { ScriptedShell } from "../../../worker/scripted-shell.ts";
import { answerJustBash } from "../../../terminal/just-bash-host.ts";
import { installedDescriptions } from "../../descriptions.ts";
import { runInShell, type Outcome } from "../../run.ts";
import { defineTopic, type CaseFile, type DataCase, type Failure } from "../topic.ts";

/** Which fields a step has depends on what it is. */
interface Step {
  newNamespace?: true;
  /** A command; it must succeed unless `fails`. */
  run?: string;
  fails?: boolean;
  mayFail?: boolean;
  /** Name under which the combined output is kept. */
  saveOutput?: string;
  assert?: "getGoTemplate" | "outputContains" | "outputLacks" | "describeContains";
  args?: string;
  template?: string;
  /** A regular expression for the whole output. */
  expect?: string;
  eventually?: boolean;
  of?: string;
  text?: string;
  texts?: string[];
}

interface Scenario extends DataCase {
  steps: Step[];
}

interface ScenarioFile extends CaseFile<Scenario> {
  /** By path: the documents of a file. */
  fixtures: Record<string, object[]>;
}

/** The one node of the source's cluster: an object that no kubelet stands behind. */
const NODE = JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name: "127.0.0.1" } });
/** Virtual milliseconds that something may take to become true. */
const PATIENCE = 60_000;
const LOOK_EVERY = 500;
const NO_FILES = "the files that it reads are not among the fixtures";

export const kubectlCommands = defineTopic<Scenario, ScenarioFile>({
  topic: "kubectl_cmd",
  doesNotApply: {
    "core.sh:run_pod_tests": "the step that creates the pod of the second namespace is missing from the case",
    "create.sh:run_kubectl_create_kustomization_directory_tests": NO_FILES,
    "generic-resources.sh:run_recursive_resources_tests": NO_FILES,
    "get.sh:run_kubectl_get_tests": NO_FILES,
    "get.sh:run_kubectl_response_compression_tests": "the source's controller manager has no authority to publish",
  },
  run,
});

async function run({ steps }: Scenario, { fixtures }: ScenarioFile): Promise<Failure> {
  const stage = await Stage.set(fixtures);
  for (const [at, step] of steps.entries()) {
    const failure = await stage.play(step);
    if (failure !== undefined) return { expected: { step: at, ...step }, got: failure };
  }
  return undefined;
}

class Stage {
  private readonly playground: Playground;
  private readonly shell: ScriptedShell;
  private readonly saved = new Map<string, string>();
  private namespaces = 0;

  private constructor(playground: Playground) {
    this.playground = playground;
    this.shell = playground.openShell();
  }

  static async set(fixtures: ScenarioFile["fixtures"]): Promise<Stage> {
    const playground = Playground.create({
      preset: "empty",
      seed: 1,
      externals: answerJustBash,
      descriptions: installedDescriptions,
    });
    await playground.boot();
    playground.cluster?.manager.start();
    const stage = new Stage(playground);
    for (const [path, documents] of Object.entries(fixtures)) {
      const text = documents.map((document) => JSON.stringify(document)).join("\n---\n");
      const directory = path.slice(0, path.lastIndexOf("/"));
      await stage.enter(`mkdir -p ${directory} && cat > ${path} <<'END'\n${text}\nEND`);
    }
    await stage.enter(`kubectl create -f - <<'END'\n${NODE}\nEND`);
    // Where a scenario begins without a namespace of its own, the source is in that of the one before.
    await stage.useNewNamespace();
    return stage;
  }

  /** What went wrong; undefined when nothing did. */
  async play(step: Step): Promise<unknown> {
    if (step.newNamespace === true) {
      return this.useNewNamespace();
    }
    if (step.run !== undefined) {
      const outcome = await this.enter(step.run);
      if (step.saveOutput !== undefined) this.saved.set(step.saveOutput, outcome.stdout + outcome.stderr);
      return failureOf(outcome, step);
    }
    return this.check(step);
  }

  private async useNewNamespace(): Promise<unknown> {
    const name = `namespace-${++this.namespaces}`;
    const set = `kubectl config set-context --current --namespace=${name}`;
    return failureOf(await this.enter(`kubectl create namespace ${name} && ${set}`), {});
  }

  private async check({ assert, args = "", template = "", expect = "", eventually, of = "", ...step }: Step) {
    const { text = "", texts = [] } = step;
    const output = this.saved.get(of) ?? "";
    switch (assert) {
      case "getGoTemplate": {
        const command = `kubectl get ${args} -o go-template='${template}'`;
        return this.expectOutput(command, expect, eventually === true ? PATIENCE : 0);
      }
      case "outputContains":
        return holds(output, text) ? undefined : output;
      case "outputLacks":
        return holds(output, text) ? output : undefined;
      case "describeContains": {
        const { stdout, stderr } = await this.enter(`kubectl describe ${args}`);
        return texts.every((part) => stdout.includes(part)) ? undefined : stdout + stderr;
      }
      default:
        return "a step that the runner does not know";
    }
  }

  private async expectOutput(command: string, expected: string, patience: number): Promise<unknown> {
    const { sim } = this.playground;
    const end = sim.now + patience;
    for (;;) {
      const { stdout, stderr, exitCode } = await this.enter(command);
      if (exitCode === 0 && (stdout === expected || new RegExp(`^(?:${expected})$`, "s").test(stdout)))
        return undefined;
      if (sim.now >= end) return stdout + stderr;
      await this.playground.runUntil(sim.now + LOOK_EVERY);
    }
  }

  private async enter(command: string): Promise<Outcome> {
    const outcome = await runInShell(this.playground, this.shell, command);
    // Controllers act on what was written before anything else is asked.
    await this.playground.runUntil(this.playground.sim.now + LOOK_EVERY);
    return outcome;
  }
}

/** Upstream greps, so that a text may be a pattern. */
function holds(output: string, text: string): boolean {
  if (output.includes(text)) return true;
  try {
    return new RegExp(text, "m").test(output);
  } catch {
    return false;
  }
}

function failureOf(
  { exitCode, stdout, stderr }: Outcome,
  { fails, mayFail }: Pick<Step, "fails" | "mayFail">,
): unknown {
  if (mayFail === true || (exitCode !== 0) === (fails ?? false)) return undefined;
  return { exitCode, output: stdout + stderr };
}
