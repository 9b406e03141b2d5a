/**
 * A worker of made-up data, to work on the page alone: open it with `?fake` in development or in a build for tests.
 * `?fake=2000` adds so many pods, `?fake=link` opens as if by a link, `?fake=bad-link` by a broken one.
 */
import type {
  BootOutcome,
  DrydockWorker,
  Frame,
  LinkOutcome,
  ObjectRef,
  PodView,
  SessionInfo,
} from "../../worker/protocol.ts";
import type { Engine } from "../state/engine.ts";
import { FakeCluster } from "./fake-cluster.ts";

const epoch = Date.UTC(2026, 0, 5, 9, 0, 0);
const suffixes = ["zq2lk", "m8xvd", "t5c9p", "k7w2n", "h4b6q", "x9r8j", "d2s5z"];

export function createFakeWorker(): Engine {
  const option = new URLSearchParams(location.search).get("fake") ?? "";
  const cluster = new FakeCluster(Number(option) || 0);
  let now = epoch + 252_000;
  let send: (frame: Frame) => void = () => undefined;
  let paused = false;
  let speed = 1;
  let selected: ObjectRef | null = null;
  let tick = 0;
  let revision = 4127;
  let pulse = 0;
  let terminals = 1;
  let pending: { terminal: number; text: string }[] = [];
  const lines = new Map<number, string>();
  const files = new Map([["/home/learner/web.yaml", webYaml]]);

  const prompt = "\u001b[32mlaptop\u001b[0m \u001b[90m~\u001b[0m $ ";
  const print = (terminal: number, text: string): void =>
    void pending.push({ terminal, text: text.replace(/\n/g, "\r\n") });
  const run = (terminal: number, command: string): void => {
    if (command.trim() !== "")
      print(
        terminal,
        command.startsWith("kubectl get pods") ? podTable(cluster) : `${command}: made-up data, nothing runs here\n`,
      );
    print(terminal, prompt);
  };

  const advance = (): void => {
    tick += 1;
    if (!paused) now += 100 * speed;
    if (!paused && tick % 4 === 0) live(cluster, tick / 4, now);
    const pulses = !paused && tick % 9 === 0 ? [request(cluster, ++pulse, now)] : [];
    if (tick % 10 === 0) revision += 3;
    const happenings = cluster.happenings.splice(0);
    send({
      ...(tick % 4 === 0 && { topology: cluster.diff(false) }),
      time: { now, elapsed: now - epoch, paused, speed, idle: false, running: false },
      instruments: {
        apiRequestsPerSecond: 38,
        etcdRevision: revision,
        schedulerPending: 0,
        controllersBusy: tick % 20 < 10 ? 1 : 0,
        stopped: [],
      },
      ...(happenings.length > 0 && { happenings }),
      ...(pulses.length > 0 && { pulses }),
      ...(selected !== null && tick % 5 === 0 && { inspector: cluster.inspect(selected.kind, selected.name, now) }),
      ...(tick % 10 === 0 && { lesson: lesson(cluster) }),
      ...(pending.length > 0 && { output: pending }),
    });
    pending = [];
  };

  const info: SessionInfo = {
    preset: "default",
    seed: 1,
    inputs: 12,
    elapsed: 252_000,
    summary: [
      "$ kubectl create deployment hello --image=kubernetes-bootcamp:v1",
      "$ kubectl scale deployments/hello --replicas=4",
    ],
  };
  const links: Record<string, LinkOutcome> = {
    link: { ok: true, info },
    "bad-link": { ok: false, problem: "damaged" },
  };
  const outcome = (): BootOutcome => ({
    origin: "new",
    terminal: 1,
    terminals: [],
    info,
    ...(links[option] !== undefined && { link: links[option] }),
  });

  const worker: { [Method in keyof DrydockWorker]: (...args: Parameters<DrydockWorker[Method]>) => unknown } = {
    boot(_options, onFrame) {
      send = onFrame;
      send({ topology: cluster.diff(true), lesson: lesson(cluster) });
      print(
        1,
        `${prompt}kubectl set image deployments/hello hello=jocatalin/kubernetes-bootcamp:v2\ndeployment.apps/hello image updated\n${prompt}kubectl get pods\n${podTable(cluster)}${prompt}`,
      );
      setInterval(advance, 100);
      return outcome();
    },
    runLink: () => ({ ...outcome(), origin: "link", link: undefined }),
    drawn: () => undefined,
    cancelReplay: () => undefined,
    reset: outcome,
    openTerminal: () => {
      terminals += 1;
      print(terminals, prompt);
      return terminals;
    },
    closeTerminal: () => undefined,
    input(terminal, text) {
      const line = lines.get(terminal) ?? "";
      if (text === "\r") {
        print(terminal, "\n");
        run(terminal, line);
        lines.set(terminal, "");
      } else if (text === "\u007f") {
        if (line !== "") print(terminal, "\b \b");
        lines.set(terminal, line.slice(0, -1));
      } else {
        print(terminal, text);
        lines.set(terminal, line + text);
      }
    },
    resize: () => undefined,
    run(terminal, command) {
      print(terminal, `${command}\n`);
      run(terminal, command);
    },
    finishEdit: () => undefined,
    setPaused: (value) => void (paused = value),
    setSpeed: (value) => void (speed = value),
    step: () => void (now += 250),
    runUntilIdle: () => void (now += 60_000),
    trace: (from, url) => ({
      from,
      url,
      hops: [
        { at: from, decision: "send", reason: url },
        { at: "service/default/web", decision: "forward", reason: "the proxy of worker-1 chose 10.244.1.2:80" },
        { at: "pod/default/web-1", decision: "answer", reason: "port 80 answered 200" },
      ],
      ms: 3,
      status: 200,
    }),
    inspect(ref) {
      selected = ref;
      send({ inspector: ref === null ? null : cluster.inspect(ref.kind, ref.name, now) });
    },
    fault(fault) {
      if (!("node" in fault)) return;
      const node = cluster.nodes.get(fault.node);
      const powered = fault.kind === "power-on";
      if (node !== undefined)
        cluster.nodes.set(node.name, { ...node, powered, state: powered ? "ready" : "not-ready" });
    },
    schema: () => ({}),
    validate: (text) =>
      text.includes("replica:")
        ? [{ line: 6, column: 3, severity: "error", message: 'strict decoding error: unknown field "spec.replica"' }]
        : [],
    apply: (_text, { dryRun }) => ({
      results: [{ line: 1, ok: true, text: `deployment.apps/web created${dryRun ? " (server dry run)" : ""}` }],
      diagnostics: [],
    }),
    diff: (text) => ({
      documents: [{ name: "deployment.apps/web", live: text.replace("replicas: 3", "replicas: 2"), merged: text }],
      diagnostics: [],
    }),
    files: () => [...files].map(([path, text]) => ({ path, size: text.length })),
    readFile: (path) => files.get(path) ?? "",
    writeFile: (path, text) => void files.set(path, text),
    startLesson: () => undefined,
    leaveLesson: () => undefined,
    hint: () => undefined,
    showMe: () => undefined,
    share: () => ({ fragment: `s=1.${"eNqrVkrLz1eyUkpKLFKqBQA".repeat(9)}`, hash: "00000000" }),
    hash: () => "00000000",
  };
  return new Proxy(worker, {
    // A proxy that answers to `then` would be taken for a promise.
    get: (target, method: keyof DrydockWorker) =>
      method in target && (async (...args: never[]) => (target[method] as (...args: never[]) => unknown)(...args)),
  }) as Engine;
}

/** One pod comes, is placed, fetches its image, runs, and goes again. */
function live(cluster: FakeCluster, beat: number, now: number): void {
  const phase = beat % 26;
  const name = `hello-7d44784b7c-${suffixes[Math.floor(beat / 26) % suffixes.length] ?? "zq2lk"}`;
  const pod = [...cluster.pods.values()].find((one) => one.name === name);
  const change = (more: Partial<PodView>): void => {
    if (pod !== undefined) cluster.put({ ...pod, ...more });
  };
  const off = { ready: false, readyContainers: 0 };
  if (phase === 1) {
    cluster.put(
      cluster.pod(name, "", "", {
        ...off,
        state: "pending",
        status: "Pending",
        family: "Deployment/hello",
        owner: "rs-hello-2",
      }),
    );
    cluster.happen(now, "write", "replicaset-controller", `pods/default/${name}`, "create");
  } else if (phase === 4) {
    change({ node: "worker-2", state: "waiting", status: "ContainerCreating" });
    cluster.happen(now, "bound", "kube-scheduler", `pods/default/${name}`, "to worker-2, which scored 187 to 164");
  } else if (phase === 5) {
    change({ status: "Pulling image", pull: { image: "kubernetes-bootcamp:v2", from: now, to: now + 2800 } });
    cluster.happen(
      now,
      "event",
      "kubelet worker-2",
      `pods/default/${name}`,
      'Pulling: Pulling image "kubernetes-bootcamp:v2"',
    );
  } else if (phase === 12) {
    change({ state: "running", status: "Running", ready: true, readyContainers: 1, ip: "10.244.2.9" });
    const started = pod === undefined ? undefined : cluster.pods.get(pod.uid);
    if (started !== undefined) delete started.pull;
    cluster.happen(now, "event", "kubelet worker-2", `pods/default/${name}`, "Started: Started container hello");
  } else if (phase === 20) {
    change({ ...off, state: "terminating", status: "Terminating" });
    cluster.happen(now, "write", "kubectl", `pods/default/${name}`, "delete");
  } else if (phase === 24 && pod !== undefined) {
    cluster.remove(pod.uid);
  }
}

function request(cluster: FakeCluster, id: number, time: number) {
  const ready = cluster.services.get("svc-hello")?.endpoints.filter((endpoint) => endpoint.ready) ?? [];
  const pod = ready[id % Math.max(1, ready.length)]?.pod ?? "";
  const ok = id % 7 !== 0;
  return {
    id,
    time,
    stations: ["laptop", "node/worker-1", "service/svc-hello", `pod/${pod}`],
    ok,
    label: ok ? "GET / → 200" : "connection refused",
  };
}

function lesson(cluster: FakeCluster) {
  const ready = cluster.services.get("svc-hello")?.endpoints.filter((endpoint) => endpoint.ready).length ?? 0;
  const done = ready >= 4;
  return {
    id: "bootcamp-4-expose",
    objectives: [
      { id: "exists", done: true },
      { id: "node-port", done: true },
      { id: "answers", done, ...(!done && { missing: { key: "Three answer. The fourth is still starting." } }) },
    ],
    done,
    hints: 0,
    showing: false,
  };
}

function podTable(cluster: FakeCluster): string {
  const rows = [...cluster.pods.values()].filter((pod) => !pod.system).slice(0, 12);
  const line = (pod: PodView): string =>
    `${pod.name.padEnd(25)}${`${pod.readyContainers}/1`.padEnd(8)}${pod.status.padEnd(20)}${String(pod.restarts).padEnd(11)}11s\n`;
  return `\u001b[90mNAME                     READY   STATUS              RESTARTS   AGE\u001b[0m\n${rows.map(line).join("")}`;
}

const webYaml = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: nginx:1.29
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
`;
