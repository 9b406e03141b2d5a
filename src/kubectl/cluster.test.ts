import { describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../engine/cluster/testing/test-cluster.ts";
import { kubectl } from "./index.ts";
import { drive, memoryFiles, type RunResult } from "./testing/drive.ts";
import { splitWords } from "./testing/laptop.ts";

const MAX_EVENTS = 5000;

function laptopOf(test: TestCluster): (line: string) => RunResult {
  const files = {
    "/root/.kube/config":
      "current-context: c\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:6443'}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n",
  };
  return (line) => {
    let events = 0;
    return drive(kubectl, {
      argv: splitWords(line),
      fs: memoryFiles(files),
      carrier: test.cluster.server.http,
      now: () => test.sim.now,
      step: () => events++ < MAX_EVENTS && test.sim.step(),
    });
  };
}

describe("kubectl and a whole cluster", () => {
  const test = createTestCluster({ seed: 1 });
  const run = laptopOf(test);

  it("follows a rollout to its end", () => {
    run("kubectl create deployment web --image=nginx --replicas=2");
    const { stdout, code } = run("kubectl rollout status deployment/web");
    expect(stdout.split("\n").at(-2)).toBe('deployment "web" successfully rolled out');
    expect(stdout).toContain(
      'Waiting for deployment "web" rollout to finish: 0 of 2 updated replicas are available...\n',
    );
    expect(code).toBe(0);
  });

  it("describes a deployment in upstream's layout", () => {
    const { stdout } = run("kubectl describe deployment web");
    expect(
      stdout
        .replaceAll(/web-[0-9a-z]+/g, "web-HASH")
        .split("\n")
        .slice(0, 20)
        .join("\n"),
    ).toBe(
      `Name:                   web
Namespace:              default
CreationTimestamp:      Thu, 01 Jan 2026 00:00:07 +0000
Labels:                 app=web
Annotations:            deployment.kubernetes.io/revision: 1
Selector:               app=web
Replicas:               2 desired | 2 updated | 2 total | 2 available | 0 unavailable
StrategyType:           RollingUpdate
MinReadySeconds:        0
RollingUpdateStrategy:  25% max unavailable, 25% max surge
Pod Template:
  Labels:  app=web
  Containers:
   nginx:
    Image:         nginx
    Port:          <none>
    Host Port:     <none>
    Environment:   <none>
    Mounts:        <none>
  Volumes:         <none>`.replace("00:00:07", /Timestamp: +.* (\S+) \+0000/.exec(stdout)?.[1] ?? ""),
    );
    expect(stdout).toMatch(/Events:\n {2}Type {4}Reason +Age {3}From +Message\n/);
  });

  it("goes back a revision", () => {
    run("kubectl set image deployment/web nginx=nginx:1.27");
    run("kubectl rollout status deployment/web");
    expect(run("kubectl rollout history deployment/web").stdout).toBe(
      "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n",
    );
    expect(run("kubectl rollout undo deployment/web").stdout).toBe("deployment.apps/web rolled back\n");
    run("kubectl rollout status deployment/web");
    expect(run("kubectl get deploy web -o jsonpath={.spec.template.spec.containers[0].image}").stdout).toBe("nginx");
  });

  it("runs commands in containers and passes their exit code on", () => {
    expect(run("kubectl exec deploy/web -- sh -c 'echo out; echo err >&2; exit 3'")).toEqual({
      stdout: "out\n",
      stderr: "err\ncommand terminated with exit code 3\n",
      code: 3,
    });
  });

  it("attaches to a pod, shows what it prints and removes it", () => {
    const { stdout, code } = run("kubectl run t --image=busybox --restart=Never -i --rm -- echo hi");
    expect([stdout, code]).toEqual(['hi\npod "t" deleted from default namespace\n', 0]);
  });

  it("waits until what it deletes is gone", () => {
    expect(run("kubectl delete deployment web").stdout).toBe('deployment.apps "web" deleted from default namespace\n');
    expect(run("kubectl get deployment web").stderr).toBe(
      'Error from server (NotFound): deployments.apps "web" not found\n',
    );
  });

  it("asks who may do what, as somebody else too", () => {
    expect(run("kubectl auth can-i list pods")).toEqual({ stdout: "yes\n", stderr: "", code: 0 });
    expect(run("kubectl auth can-i list pods --as=bob")).toEqual({ stdout: "no\n", stderr: "", code: 1 });
    expect(run("kubectl auth whoami --as=bob --as-group=g --as-uid=5").stdout).toBe(
      "ATTRIBUTE   VALUE\nUsername    bob\nUID         5\nGroups      [g system:authenticated]\n",
    );
    expect(run("kubectl get pods --as=bob").stderr).toBe(
      'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"\n',
    );
  });

  it("debugs a node with a pod on it, and a pod with a copy", () => {
    expect(run("kubectl debug node/worker-1 -i --image=busybox -- echo here").stdout).toMatch(
      /^Creating debugging pod node-debugger-worker-1-\w{5} with container debugger on node worker-1\.\nhere\n$/,
    );
    run("kubectl run t --image=nginx --labels=app=t");
    expect(run("kubectl debug t --copy-to=t2 --image=busybox -c dbg -- sleep 1d")).toEqual({
      stdout: "",
      stderr: "",
      code: 0,
    });
    expect(
      run(
        "kubectl get pod t2 -o jsonpath='{.spec.containers[*].name} {.metadata.labels.app} {.spec.shareProcessNamespace}'",
      ).stdout,
    ).toBe("t dbg  true");
    expect(run("kubectl debug deploy/x --image=busybox --profile=foo").stderr).toBe("error: unknown profile: foo\n");
  });

  it("debugs a pod with ephemeral containers in it", () => {
    run("kubectl run e --image=nginx");
    run("kubectl wait --for=condition=Ready pod/e");
    expect(run("kubectl debug e -i --image=busybox -- wget -qO- localhost").stdout).toMatch(
      /^Defaulting debug container name to debugger-\w{5}\.\n(?:.*\n)*<html>\n/,
    );
    expect(run("kubectl debug e --image=busybox -c two --target=e --profile=sysadmin -- sleep 1d").stdout).toBe(
      "Targeting container \"e\". If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n",
    );
    expect(JSON.parse(run("kubectl get pod e -o jsonpath={.spec.ephemeralContainers[1]}").stdout)).toEqual({
      name: "two",
      image: "busybox",
      imagePullPolicy: "Always",
      command: ["sleep", "1d"],
      resources: {},
      securityContext: { privileged: true },
      targetContainerName: "e",
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
    });
    expect(run("kubectl debug e --image=busybox -c three --target=nope").stderr).toContain(
      'spec.ephemeralContainers[2].targetContainerName: Not found: "nope"',
    );
  });

  it("takes one name of several types, and tells several failures a line each", () => {
    run("kubectl create deployment twin --image=nginx");
    run("kubectl create configmap twin --from-literal=a=b");
    expect(run("kubectl get cm,deploy twin -o name")).toEqual({
      stdout: "configmap/twin\ndeployment.apps/twin\n",
      stderr: "",
      code: 0,
    });
    expect(run("kubectl delete pod,svc nope").stderr).toBe(
      'Error from server (NotFound): pods "nope" not found\nError from server (NotFound): services "nope" not found\n',
    );
    expect(run("kubectl delete cm nope --ignore-not-found")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(run("kubectl delete cm -l no=thing")).toEqual({ stdout: "No resources found\n", stderr: "", code: 0 });
    expect(run("kubectl taint nodes worker-1 worker-2 x=y:NoExecute-").stderr).toBe(
      'taint "x:NoExecute" not found\ntaint "x:NoExecute" not found\n',
    );
    run("kubectl label cm twin a=b");
    expect(run("kubectl label cm twin --list").stdout).toBe("a=b\n");
    expect(run("kubectl label cm -l a=b --list").stdout).toBe("Listing labels for ConfigMap./twin:\n a=b\n");
    expect(run("kubectl get cm twin -o jsonpath='{.data[0'").stderr).toBe(
      "error: error parsing jsonpath {.data[0, unterminated array\n",
    );
    expect(Object.keys(JSON.parse(run("kubectl events -o json").stdout) as object)).toEqual([
      "apiVersion",
      "items",
      "kind",
      "metadata",
    ]);
  });
});
