import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import type { Container } from "../api/generated/types.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const kuard = (probes: Partial<Container>): Container => ({
  name: "kuard",
  image: "gcr.io/kuar-demo/kuard-amd64:blue",
  ...probes,
});

function isReady(node: TestNode, name: string): boolean {
  return node.pod(name).status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}

function put(node: TestNode, path: string, body: string): void {
  const listener = node.kubelet.worker("default", "web")?.sandbox?.network.listeners.get(8080);
  listener?.({ method: "PUT", path, query: "", headers: {}, body, remoteAddress: "10.0.0.1", port: 8080 });
}

/** What its probes had to say, how often aside. */
function told(node: TestNode): string[] {
  return node
    .events("web")
    .filter((event) => /^(ProbeWarning|Unhealthy) /.test(event))
    .map((event) => event.replace(/ ×\d+$/, ""));
}

describe("probes", () => {
  it("takes a pod out of Ready while its readiness probe fails", () => {
    const node = new TestNode();
    const readinessProbe = { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 2, failureThreshold: 3 };
    node.bind("web", { containers: [kuard({ readinessProbe })] });
    node.sim.runUntilIdle(60_000);
    expect(isReady(node, "web")).toBe(true);
    put(node, "/ready/api", '{"failNext":5}');
    node.sim.runUntil(node.sim.now + 7000);
    expect(isReady(node, "web")).toBe(false);
    expect(node.events("web").at(-1)).toMatch(
      /^Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 500/,
    );
    node.sim.runUntil(node.sim.now + 10_000);
    expect(isReady(node, "web")).toBe(true);
    expect(node.pod("web").status.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it("restarts a container whose liveness probe fails", () => {
    const node = new TestNode();
    const livenessProbe = { httpGet: { path: "/healthy", port: 8080 }, periodSeconds: 1, failureThreshold: 3 };
    node.bind("web", { containers: [kuard({ livenessProbe })] });
    node.sim.runUntilIdle(60_000);
    put(node, "/healthy/api", '{"failNext":-1}');
    node.sim.runUntil(node.sim.now + 10_000);
    const status = node.pod("web").status.containerStatuses?.[0];
    expect(status?.restartCount).toBe(1);
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 2, reason: "Error" });
    expect(node.events("web")).toContain("Killing Container kuard failed liveness probe, will be restarted");
  });

  it("says connection refused when nobody listens on the port", () => {
    const node = new TestNode();
    const readinessProbe = { httpGet: { path: "/", port: 81 }, periodSeconds: 1 };
    node.bind("web", { containers: [kuard({ readinessProbe })] });
    node.sim.runUntil(node.sim.now + 10_000);
    expect(isReady(node, "web")).toBe(false);
    expect(node.events("web").at(-1)).toMatch(
      'Unhealthy Readiness probe failed: Get "http://10.244.1.2:81/": dial tcp 10.244.1.2:81: connect: connection refused',
    );
  });

  it("throws the answer of a probe away that can't be asked: a port without that name, a command that isn't there", () => {
    const node = new TestNode();
    const livenessProbe = { httpGet: { path: "/", port: "http" }, periodSeconds: 1, failureThreshold: 2 };
    const readinessProbe = { exec: { command: ["nosuch"] }, periodSeconds: 1 };
    node.bind("web", { containers: [kuard({ livenessProbe, readinessProbe })] });
    node.sim.runUntil(node.sim.now + 20_000);
    expect(node.pod("web").status.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: false });
    expect(told(node)).toContain(
      'Unhealthy Liveness probe errored and resulted in unknown state: strconv.Atoi: parsing "http": invalid syntax',
    );
    expect(told(node).map((event) => event.replace(/[0-9a-f]{64}/, "ID"))).toContain(
      'Unhealthy Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: failed to start exec "ID": OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown',
    );
  });

  describe("of HTTP that are redirected", () => {
    const redirected = (location: string): TestNode => {
      const node = new TestNode();
      const conf = `server { listen 80; location / { return 302 ${location}; } location /end { return 503; } location /round { return 302 /round; } }`;
      const command = ["sh", "-c", `echo '${conf}' > /etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'`];
      const livenessProbe = { httpGet: { path: "/", port: 80 }, periodSeconds: 1 };
      node.bind("web", { containers: [{ name: "web", image: "nginx", command, livenessProbe }] });
      node.sim.runUntil(node.sim.now + 8000);
      return node;
    };

    it("count as they answer in the end, on the same host", () => {
      expect(told(redirected("/end"))).toContain(
        "Unhealthy Liveness probe failed: HTTP probe failed with statuscode: 503",
      );
    });

    it("warn and succeed where they lead to another host", () => {
      const node = redirected("http://example.com/");
      expect(told(node)).toEqual([
        expect.stringMatching(
          /^ProbeWarning Liveness probe warning: Probe terminated redirects, Response body: <html>\r\n<head><title>302 Found</,
        ),
      ]);
      expect(node.pod("web").status.containerStatuses?.[0]?.restartCount).toBe(0);
    });

    it("fail when they go round in a circle", () => {
      expect(told(redirected("/round"))).toContain(
        'Unhealthy Liveness probe failed: Get "http://10.244.1.2/round": stopped after 10 redirects',
      );
    });
  });

  it("of HTTP wait in vain for a server that speaks something else", () => {
    const node = new TestNode();
    const readinessProbe = { httpGet: { path: "/", port: 80 }, periodSeconds: 2 };
    node.bind("web", {
      containers: [{ name: "nc", image: "busybox", command: ["nc", "-lk", "-p", "80"], readinessProbe }],
    });
    node.sim.runUntil(node.sim.now + 10_000);
    expect(told(node).at(-1)).toBe(
      'Unhealthy Readiness probe failed: Get "http://10.244.1.2:80/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    );
  });

  it("holds the other probes back until the startup probe succeeds", () => {
    const node = new TestNode();
    const startupProbe = { tcpSocket: { port: 8080 }, initialDelaySeconds: 20, periodSeconds: 1 };
    const readinessProbe = { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 };
    node.bind("web", { containers: [kuard({ startupProbe, readinessProbe })] });
    node.sim.runUntil(node.sim.now + 15_000);
    expect(node.pod("web").status.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    node.sim.runUntil(node.sim.now + 15_000);
    expect(node.pod("web").status.containerStatuses?.[0]).toMatchObject({ started: true, ready: true });
  });

  it("costs a running pod without probes nothing", () => {
    const node = new TestNode();
    node.bind("web", { containers: [{ name: "web", image: "nginx:1.27" }] });
    node.sim.runUntilIdle(60_000);
    const before = node.sim.eventCount;
    node.sim.runUntil(node.sim.now + 60_000);
    // Renewals of the node's lease, one report of its images, one look at the room that the new one has left.
    expect(node.sim.eventCount - before).toBeLessThanOrEqual(9);
  });
});
