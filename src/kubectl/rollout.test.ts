import { describe, expect, it } from "vitest";
import { createTestCluster } from "../engine/cluster/testing/test-cluster.ts";
import { kubectl } from "./index.ts";
import { drive, memoryFiles, type RunResult } from "./testing/drive.ts";
import { splitWords } from "./testing/laptop.ts";

const MAX_EVENTS = 5000;
const template = (app: string) => `
  template:
    metadata: {labels: {app: ${app}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: web, image: nginx}]
`;
const FILES = {
  "/root/.kube/config":
    "current-context: c\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n",
  "/root/db.yaml": `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}${template("db")}`,
  "/root/agent.yaml": `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}${template("agent")}`,
};

function start(): (line: string) => RunResult {
  const test = createTestCluster({ seed: 1 });
  return (line) => {
    let events = 0;
    return drive(kubectl, {
      argv: splitWords(line),
      fs: memoryFiles(FILES),
      carrier: test.cluster.server.http,
      now: () => test.sim.now,
      step: () => events++ < MAX_EVENTS && test.sim.step(),
    });
  };
}

const podTemplate = (app: string, image: string) => `Pod Template:
  Labels:\tapp=${app}
  Containers:
   web:
    Image:\t${image}
    Port:\t<none>
    Host Port:\t<none>
    Environment:\t<none>
    Mounts:\t<none>
  Volumes:\t<none>
  Node-Selectors:\t<none>
  Tolerations:\t<none>
`;

describe("rollouts of a stateful set", () => {
  const run = start();
  run("kubectl apply -f db.yaml");

  it("are followed until every pod is ready", () => {
    expect(run("kubectl rollout status sts/db").stdout.split("\n")).toEqual([
      "Waiting for statefulset spec update to be observed...",
      "Waiting for 2 pods to be ready...",
      "Waiting for 2 pods to be ready...",
      "Waiting for 1 pods to be ready...",
      "Waiting for 1 pods to be ready...",
      "partitioned roll out complete: 2 new pods have been updated...",
      "",
    ]);
    run("kubectl set image sts/db web=nginx:1.27");
    expect(run("kubectl rollout status sts/db").stdout.split("\n").at(-2)).toBe(
      "partitioned roll out complete: 2 new pods have been updated...",
    );
  });

  it("leave revisions, each with its template", () => {
    expect(run("kubectl rollout history sts/db").stdout).toBe(
      "statefulset.apps/db \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n",
    );
    expect(run("kubectl rollout history sts/db --revision=1").stdout).toBe(
      `statefulset.apps/db with revision #1\n${podTemplate("db", "nginx")}\n`,
    );
    expect(run("kubectl rollout history sts/db --revision=9").stderr).toBe(
      "error: unable to find the specified revision\n",
    );
    expect(run("kubectl rollout history sts/db --revision=1 -o name").stdout).toBe("statefulset.apps/db\n");
  });

  it("can be undone, by their numbers too", () => {
    expect(run("kubectl rollout undo sts/db --dry-run=client").stdout).toBe(
      `statefulset.apps/db will roll back to ${podTemplate("db", "nginx")} (dry run)\n`,
    );
    expect(run("kubectl rollout undo sts/db --to-revision=7").stderr).toBe(
      "error: unable to find specified revision 7 in history\n",
    );
    expect(run("kubectl rollout undo sts/db --to-revision=2").stdout).toBe(
      "statefulset.apps/db skipped rollback (current template already matches revision 2)\n",
    );
    expect(run("kubectl rollout undo sts/db").stdout).toBe("statefulset.apps/db rolled back\n");
    run("kubectl rollout status sts/db");
    expect(run("kubectl get pod db-0 -o jsonpath={.spec.containers[0].image}").stdout).toBe("nginx");
    expect(run("kubectl rollout history sts/db").stdout).toContain("\n2         <none>\n3         <none>\n");
  });

  it("can be begun anew, but not paused", () => {
    expect(run("kubectl rollout restart sts/db").stdout).toBe("statefulset.apps/db restarted\n");
    expect(run("kubectl rollout pause sts/db")).toEqual({
      stdout: "",
      stderr: 'error: statefulsets.apps "db" pausing is not supported\n',
      code: 1,
    });
  });
});

describe("rollouts of a daemon set", () => {
  const run = start();
  run("kubectl apply -f agent.yaml");

  it("are followed until there is an available pod on every node", () => {
    run("kubectl rollout status ds/agent");
    run("kubectl set image ds/agent web=nginx:1.27");
    const lines = run("kubectl rollout status ds/agent").stdout.split("\n");
    expect(lines[0]).toBe("Waiting for daemon set spec update to be observed...");
    expect(lines).toContain(
      'Waiting for daemon set "agent" rollout to finish: 1 out of 3 new pods have been updated...',
    );
    expect(lines.slice(-3)).toEqual([
      'Waiting for daemon set "agent" rollout to finish: 2 of 3 updated pods are available...',
      'daemon set "agent" successfully rolled out',
      "",
    ]);
  });

  it("can be looked at, undone and begun anew", () => {
    expect(run("kubectl rollout history ds/agent --revision=2").stdout).toBe(
      `daemonset.apps/agent with revision #2\n${podTemplate("agent", "nginx:1.27")}\n`,
    );
    expect(run("kubectl rollout undo ds/agent").stdout).toBe("daemonset.apps/agent rolled back\n");
    expect(run("kubectl rollout restart ds/agent").stdout).toBe("daemonset.apps/agent restarted\n");
  });

  it("cannot be followed with OnDelete", () => {
    run(`kubectl patch ds agent -p '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}'`);
    expect(run("kubectl rollout status ds/agent").stderr).toBe(
      "error: rollout status is only available for RollingUpdate strategy type\n",
    );
  });
});
