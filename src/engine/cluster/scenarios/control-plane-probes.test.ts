/** What kubeadm's static pods do when somebody breaks one of their files: their probes tell, and the kubelet acts. */
import { beforeEach, expect, it } from "vitest";
import { events, pods } from "../../api/registry.ts";
import { ssh as sshTo } from "../testing/ssh.ts";
import { createTestCluster } from "../testing/test-cluster.ts";
import type { TestCluster } from "../testing/test-cluster.ts";

const NODE = "control-plane";
let test: TestCluster;
beforeEach(() => {
  test = createTestCluster();
});

const ssh = (command: string): string => sshTo(test, NODE, command);

function edit(component: string, [from, to]: readonly [string, string]): void {
  const disk = test.cluster.nodes.get(NODE)?.kubelet.disk;
  const path = `/etc/kubernetes/manifests/${component}.yaml`;
  const text = disk?.readFile(path) ?? "";
  expect(text).toContain(from);
  disk?.writeFile(path, text.replace(from, to));
}

/** `0 Exited`, the newest first. */
function attempts(component: string): string[] {
  const rows = ssh(`sudo crictl ps -a --name ${component}`).trim().split("\n").slice(1);
  return rows.map((row) => row.split(/\s{2,}/)).map((cells) => `${cells[5] ?? ""} ${cells[3] ?? ""}`);
}

const unhealthy = (pod: string): string[] =>
  test
    .list(events, "kube-system")
    .filter(({ reason, involvedObject }) => reason === "Unhealthy" && involvedObject.name === `${pod}-${NODE}`)
    .map(({ message = "" }) => message);

it("a manifest is what kubeadm writes, in its order", () => {
  expect(ssh("sudo cat /etc/kubernetes/manifests/kube-scheduler.yaml")).toBe(`apiVersion: v1
kind: Pod
metadata:
  labels:
    component: kube-scheduler
    tier: control-plane
  name: kube-scheduler
  namespace: kube-system
spec:
  containers:
  - command:
    - kube-scheduler
    - --authentication-kubeconfig=/etc/kubernetes/scheduler.conf
    - --authorization-kubeconfig=/etc/kubernetes/scheduler.conf
    - --bind-address=127.0.0.1
    - --kubeconfig=/etc/kubernetes/scheduler.conf
    - --leader-elect=true
    image: registry.k8s.io/kube-scheduler:v1.36.0
    imagePullPolicy: IfNotPresent
    livenessProbe:
      failureThreshold: 8
      httpGet:
        host: 127.0.0.1
        path: /livez
        port: probe-port
        scheme: HTTPS
      initialDelaySeconds: 10
      periodSeconds: 10
      timeoutSeconds: 15
    name: kube-scheduler
    ports:
    - containerPort: 10259
      name: probe-port
      protocol: TCP
    readinessProbe:
      failureThreshold: 3
      httpGet:
        host: 127.0.0.1
        path: /readyz
        port: probe-port
        scheme: HTTPS
      periodSeconds: 1
      timeoutSeconds: 15
    resources:
      requests:
        cpu: 100m
    startupProbe:
      failureThreshold: 24
      httpGet:
        host: 127.0.0.1
        path: /livez
        port: probe-port
        scheme: HTTPS
      initialDelaySeconds: 10
      periodSeconds: 10
      timeoutSeconds: 15
    volumeMounts:
    - mountPath: /etc/kubernetes/scheduler.conf
      name: kubeconfig
      readOnly: true
  hostNetwork: true
  priority: 2000001000
  priorityClassName: system-node-critical
  securityContext:
    seccompProfile:
      type: RuntimeDefault
  volumes:
  - hostPath:
      path: /etc/kubernetes/scheduler.conf
      type: FileOrCreate
    name: kubeconfig
status: {}
`);
  const { metadata, spec } = test.get(pods, `etcd-${NODE}`, "kube-system");
  expect(metadata.annotations).toMatchObject({
    "kubeadm.kubernetes.io/etcd.advertise-client-urls": "https://172.18.0.2:2379",
  });
  expect(spec.containers[0]?.ports).toEqual([
    { containerPort: 2381, hostPort: 2381, name: "probe-port", protocol: "TCP" },
  ]);
});

it("a scheduler on another port never starts up for the kubelet, which restarts it after four minutes", () => {
  edit("kube-scheduler", ["- --bind-address", "- --secure-port=10261\n    - --bind-address"]);
  test.run(60_000);
  expect(test.get(pods, `kube-scheduler-${NODE}`, "kube-system").status.containerStatuses?.[0]).toMatchObject({
    started: false,
    ready: false,
    restartCount: 0,
  });
  expect(unhealthy("kube-scheduler")).toEqual([
    'Startup probe failed: Get "https://127.0.0.1:10259/livez": dial tcp 127.0.0.1:10259: connect: connection refused',
  ]);
  test.run(220_000);
  expect(attempts("kube-scheduler")).toEqual(["1 Running", "0 Exited"]);
});

it("an API server on another port is refused where everybody looks for it", () => {
  edit("kube-apiserver", ["--secure-port=6443", "--secure-port=6444"]);
  test.run(40_000);
  expect(test.cluster.apiServerReachable).toBe(false);
  expect(ssh("curl -sk https://172.18.0.2:6443/livez || echo refused")).toBe("refused\n");
  expect(ssh("curl -sk https://127.0.0.1:6444/livez")).toBe("ok");
  edit("kube-apiserver", ["--secure-port=6444", "--secure-port=6443"]);
  test.run(40_000);
  expect(test.get(pods, `kube-apiserver-${NODE}`, "kube-system").status.containerStatuses?.[0]?.ready).toBe(true);
});

it("an API server without its etcd is unhealthy, is restarted, and ends again and again until etcd is back", () => {
  ssh("sudo mv /etc/kubernetes/manifests/etcd.yaml /tmp/");
  test.run(40_000);
  expect(attempts("kube-apiserver")).toEqual(["0 Running"]);
  expect(ssh("curl -sk https://172.18.0.2:6443/livez")).toBe(
    "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nlivez check failed\n",
  );
  test.run(120_000);
  expect(attempts("kube-apiserver")).toEqual(["3 Running", "2 Exited"]);
  expect(ssh("sudo crictl logs $(sudo crictl ps -a -q --name kube-apiserver | tail -n 1) 2>&1 | tail -n 1")).toMatch(
    /Error creating leases: error creating storage factory: context deadline exceeded\n$/,
  );
  ssh("sudo mv /tmp/etcd.yaml /etc/kubernetes/manifests/");
  test.run(120_000);
  expect(test.cluster.ready).toBe(true);
});

it("an API server that lets nobody in without a name lets no probe in either", () => {
  edit("kube-apiserver", ["- --allow-privileged", "- --anonymous-auth=false\n    - --allow-privileged"]);
  test.run(45_000);
  expect(unhealthy("kube-apiserver")).toContain("Startup probe failed: HTTP probe failed with statuscode: 401");
  test.run(240_000);
  expect(attempts("kube-apiserver").length).toBe(2);
});
