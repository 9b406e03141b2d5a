import { describe, expect, it } from "vitest";
import { pods } from "../api/registry.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { worker } from "./testing/test-images.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const idle = { name: "app", image: "busybox:1.36", command: ["sleep", "3600"] };
const AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53";

describe("a gRPC probe", () => {
  it("asks the health service, and restarts a container that says that it doesn't serve", () => {
    const node = new TestNode();
    const grpc = { port: 5000 };
    const args = ["grpc-health-checking", "--delay-unhealthy-sec=15"];
    node.bind("grpc", {
      containers: [
        {
          name: "app",
          image: AGNHOST,
          args,
          livenessProbe: { grpc, periodSeconds: 5, failureThreshold: 1 },
          readinessProbe: { grpc },
        },
      ],
      terminationGracePeriodSeconds: 1,
    });
    node.bind("deaf", { containers: [{ ...idle, readinessProbe: { grpc: { port: 9090 } } }] });
    node.sim.runUntil(node.sim.now + 12_000);
    expect(node.pod("grpc").status.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    expect(node.pod("deaf").status.conditions?.find(({ type }) => type === "Ready")?.status).toBe("False");
    expect(node.events("deaf").at(-1)).toMatch(
      /^Unhealthy Readiness probe failed: timeout: failed to connect service "10\.244\.1\.\d+:9090" within 1s: context deadline exceeded/,
    );
    node.sim.runUntil(node.sim.now + 25_000);
    const events = node.events("grpc").map((event) => event.replace(/ ×\d+$/, ""));
    expect(events).toContain('Unhealthy Liveness probe failed: service unhealthy (responded with "NOT_SERVING")');
    expect(events).toContain("Killing Container app failed liveness probe, will be restarted");
    expect(node.pod("grpc").status.containerStatuses?.[0]?.restartCount).toBeGreaterThanOrEqual(1);
  });
});

describe("the end of a pod", () => {
  it("ends its sidecars after the app containers, the last one first", () => {
    const node = new TestNode();
    const told = (seconds: number) => [
      "sh",
      "-c",
      `trap 'sleep ${seconds}; exit 0' TERM; while true; do sleep 1; done`,
    ];
    const sidecar = (name: string) => ({ ...idle, name, command: told(2), restartPolicy: "Always" });
    node.bind("app", {
      initContainers: [sidecar("first"), sidecar("second")],
      containers: [{ ...idle, command: told(2) }],
    });
    node.sim.runUntil(node.sim.now + 10_000);
    expect(node.pod("app").status.phase).toBe("Running");
    const ends: string[] = [];
    node.sim.journal.subscribe(({ kind, subject, detail }) => {
      if (kind === "container" && detail.startsWith("Completed")) ends.push(subject.replace(/^.*\//, ""));
    });
    node.admin.resource(pods).delete("default", "app");
    node.sim.runUntil(node.sim.now + 20_000);
    expect(ends).toEqual(["app", "second", "first"]);
  });

  it("comes when no container is to be restarted by its own policy and rules", () => {
    const node = new TestNode({ images: [worker] });
    const ending = (name: string, code: number, more: object) => ({
      name,
      image: "test/worker:v1",
      env: [
        { name: "LIFETIME", value: "500" },
        { name: "EXIT_CODE", value: String(code) },
      ],
      ...more,
    });
    const rule = (operator: string, values: number[]) => ({
      restartPolicy: "Never",
      restartPolicyRules: [{ action: "Restart", exitCodes: { operator, values } }],
    });
    node.bind("rules", {
      containers: [
        ending("retried", 42, rule("In", [42])),
        ending("over", 1, rule("In", [42])),
        ending("other", 7, rule("NotIn", [42])),
      ],
    });
    node.bind("done", { restartPolicy: "Always", containers: [ending("app", 3, { restartPolicy: "Never" })] });
    node.sim.runUntil(node.sim.now + 9000);
    const counts = node.pod("rules").status.containerStatuses?.map(({ restartCount }) => restartCount > 0);
    expect(counts).toEqual([true, false, true]);
    expect(node.pod("rules").status.phase).toBe("Running");
    expect(node.pod("done").status.phase).toBe("Failed");
  });
});

describe("a pod's names", () => {
  it("are its host name, with a domain where it asks, and the node's on the node's network", () => {
    const node = new TestNode();
    node.bind("plain", { containers: [idle], hostAliases: [{ ip: "10.1.2.3", hostnames: ["foo", "bar"] }] });
    node.bind("named", { containers: [idle], hostname: "box", subdomain: "net", setHostnameAsFQDN: true });
    node.bind("host", { containers: [idle], hostNetwork: true });
    node.bind("told", { containers: [idle], hostname: "box", subdomain: "net", hostnameOverride: "db.example.org" });
    node.bind("with.dots", { containers: [idle] });
    node.sim.runUntil(node.sim.now + 10_000);
    const ip = (name: string): string => node.pod(name).status.podIP ?? "";
    expect(node.exec("plain", "hostname; tail -n 4 /etc/hosts")).toBe(
      `plain\n${ip("plain")}\tplain\n\n# Entries added by HostAliases.\n10.1.2.3\tfoo\tbar\n`,
    );
    const full = "box.net.default.svc.cluster.local";
    expect(node.exec("named", "hostname; tail -n 1 /etc/hosts")).toBe(`${full}\n${ip("named")}\t${full}\tbox\n`);
    expect(node.exec("host", "hostname; head -n 1 /etc/hosts")).toBe(
      "worker-1\n# Kubernetes-managed hosts file (host network).\n",
    );
    expect(node.exec("told", "hostname; tail -n 1 /etc/hosts")).toBe(`db.example.org\n${ip("told")}\tdb.example.org\n`);
    expect(node.exec("with.dots", "hostname; tail -n 1 /etc/hosts")).toBe(`with.dots\n${ip("with.dots")}\twith.dots\n`);
    node.bind("long", { containers: [idle], hostname: "a".repeat(40), subdomain: "net", setHostnameAsFQDN: true });
    node.sim.runUntil(node.sim.now + 3000);
    expect(node.events("long")[0]).toContain("is too long (64 characters is the max, 70 characters requested)");
  });
});

describe("processes", () => {
  it("are a container's own, its server among them, unless the pod's containers share them", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "nginx:1.27-alpine" }], terminationGracePeriodSeconds: 1 });
    node.bind("shared", {
      shareProcessNamespace: true,
      containers: [
        { name: "web", image: "nginx:1.27-alpine" },
        { ...idle, name: "shell" },
      ],
    });
    node.sim.runUntil(node.sim.now + 12_000);
    const table = (name: string, container: string): string[] =>
      node
        .exec(name, "ps", container)
        .split("\n")
        .slice(1, -1)
        .map((line) =>
          line
            .trim()
            .replace(/^\d+ +/, "")
            .replace(/ +/g, " "),
        );
    const nginx = "root 0:00 nginx: master process nginx -g daemon off;";
    const worker = "nginx 0:00 nginx: worker process";
    expect(table("web", "web")).toEqual([nginx, worker, worker, "root 0:00 ps"]);
    expect(node.exec("web", "kill 7; ps -o pid,ppid,comm | head -n 3")).toBe(
      "    PID    PPID COMMAND\n      1       0 nginx\n      7       1 nginx\n",
    );
    expect(table("shared", "shell")).toEqual(["65535 0:00 /pause", nginx, "root 0:00 sleep 3600", "root 0:00 ps"]);
    const restarts = (name: string): number[] =>
      node.pod(name).status.containerStatuses?.map(({ restartCount }) => restartCount) ?? [];
    node.exec("web", "kill -9 1");
    node.sim.runUntil(node.sim.now + 3000);
    expect(restarts("web")).toEqual([0]);
    node.exec("web", "kill 1");
    node.exec("shared", "kill 7", "shell");
    node.sim.runUntil(node.sim.now + 8000);
    expect([restarts("web"), restarts("shared")]).toEqual([[1], [1, 0]]);
  });

  it("the first one can't be killed from within, whatever it is", () => {
    const node = new TestNode();
    node.bind("init", { containers: [{ name: "main", image: "busybox", command: ["sleep", "3600"] }] });
    node.sim.runUntilIdle(60_000);
    expect(node.exec("init", "kill -9 1; kill 1; echo $?")).toBe("0\n");
    node.sim.runUntil(node.sim.now + 3000);
    expect(node.pod("init").status.containerStatuses?.[0]?.restartCount).toBe(0);
  });
});
