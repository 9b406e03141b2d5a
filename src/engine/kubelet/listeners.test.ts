/** On which addresses and ports the programs of a pod listen, and who reaches them there. */
import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import type { Container } from "../api/generated/types.ts";
import { explainExchange } from "../diagnose/exchange.ts";
import type { Exchange } from "../network/trace.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import { forwardPort } from "./port-forward.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const shell: Container = { name: "shell", image: "nginx:1.27", command: ["sleep", "3600"] };
const curl = (address: string): string => `curl -sS -o /dev/null -w '%{http_code}' ${address} 2>&1`;

function echo(name: string, ...args: string[]): Container {
  return { name, image: "hashicorp/http-echo:1.0", args: ["-text=hi", ...args] };
}

function settled(node: TestNode): void {
  node.sim.runUntil(node.sim.now + 30_000);
}

function log(node: TestNode, pod: string, container: string): string[] {
  const slot = node.kubelet.worker("default", pod)?.slots.find(({ name }) => name === container);
  return slot?.current?.log.since(0).map(({ text }) => text) ?? [];
}

describe("a program that listens on 127.0.0.1", () => {
  const node = new TestNode();
  const readinessProbe = { httpGet: { path: "/", port: 5678 }, periodSeconds: 1 };
  node.bind("hidden", { containers: [{ ...echo("echo", "-listen=127.0.0.1:5678"), readinessProbe }, shell] });
  node.bind("other", { containers: [shell] });
  settled(node);
  const { podIP = "" } = node.pod("hidden").status;

  it("answers within its pod, and refuses what comes to the pod's address, its readiness probe too", () => {
    expect(node.exec("hidden", curl("127.0.0.1:5678"), "shell")).toBe("200");
    const refused = /^000curl: \(7\) Failed to connect to [\d.]+ port 5678 /;
    expect(node.exec("hidden", curl(`${podIP}:5678`), "shell")).toMatch(refused);
    expect(node.exec("other", curl(`${podIP}:5678`))).toMatch(refused);
    expect(node.exec("other", `nc -zv ${podIP} 5678`)).toBe(
      `nc: connect to ${podIP} port 5678 (tcp) failed: Connection refused\n`,
    );
    expect(node.events("hidden").at(-1)).toContain(
      `Unhealthy Readiness probe failed: Get "http://${podIP}:5678/": dial tcp ${podIP}:5678: connect: connection refused`,
    );
  });

  it("is seen by netstat, which shows where it listens, and ip which addresses there are", () => {
    node.bind("tools", {
      containers: [
        echo("echo", "-listen=127.0.0.1:5678"),
        { name: "all", image: "nginx:1.27" },
        { name: "box", image: "busybox:1.36", command: ["sleep", "3600"] },
      ],
    });
    settled(node);
    expect(node.exec("tools", "netstat -ltn", "box")).toBe(
      [
        "Active Internet connections (only servers)",
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State       ",
        "tcp        0      0 :::80                   :::*                    LISTEN      ",
        "tcp        0      0 127.0.0.1:5678          0.0.0.0:*               LISTEN      ",
        "",
      ].join("\n"),
    );
    const own = node.pod("tools").status.podIP ?? "";
    expect(node.exec("tools", "ip -4 addr show eth0", "box")).toBe(
      `2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default \n    inet ${own}/24 brd 10.244.1.255 scope global eth0\n       valid_lft forever preferred_lft forever\n`,
    );
    expect(node.exec("tools", "ip -6 a", "box")).toContain("    inet6 ::1/128 scope host \n");
    expect(node.exec("tools", "ip route; ip -br a; ip link show lo; ip route get 10.96.0.10; ip neigh", "box")).toBe(
      [
        "default via 10.244.1.1 dev eth0 ",
        `10.244.1.0/24 dev eth0 proto kernel scope link src ${own} `,
        "lo               UNKNOWN        127.0.0.1/8 ::1/128 ",
        `eth0@if3         UP             ${own}/24 `,
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000",
        "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
        `10.96.0.10 via 10.244.1.1 dev eth0 src ${own} uid 0 `,
        "    cache ",
        'Object "neigh" is not simulated here, try "ip address", "ip link" or "ip route".',
        "",
      ].join("\n"),
    );
    expect(node.exec("tools", "ip route add default via 10.0.0.1; ip -x a", "box")).toBe(
      'ip route add is not simulated: the network plugin alone writes these\nOption "-x" is unknown, try "ip -help".\n',
    );
  });

  it("is reached by a port that is forwarded into the pod", () => {
    const network = node.kubelet.worker("default", "hidden")?.sandbox?.network;
    let answer = "";
    const exchange = forwardPort(
      node.sim,
      { network: network as NonNullable<typeof network>, sandbox: "sandbox", port: 5678 },
      { head() {}, data() {}, end() {}, fail() {}, frame: (_channel, text) => void (answer += text) },
    );
    exchange.frame(0, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    node.sim.runUntil(node.sim.now + 100);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhi\n$/);
  });

  it("is told by a trace and by what explains it", () => {
    const port: NetworkPort = node.network.laptopPort();
    const host = node.network.node("worker-1")?.port() ?? port;
    const outcome: Exchange = node.network.exchange(host, {
      ...{ method: "GET", url: `http://${podIP}:5678/`, headers: {}, body: "" },
    });
    expect(outcome.hops.at(-1)).toEqual({
      at: "pod/default/hidden",
      decision: "refuse",
      reason: "who listens on port 5678 does so at 127.0.0.1 alone",
    });
    const found = explainExchange(outcome);
    expect([found?.cause.key, found?.change.key]).toEqual(["exchange.listens-elsewhere", "change.listen-everywhere"]);
    expect(found?.cause.values).toMatchObject({ pod: "pod/default/hidden", port: 5678, address: "127.0.0.1" });
  });

  it.each([
    ["redis-server --bind 127.0.0.1", "redis:7.4", 6379],
    ["nginx -c /site/nginx.conf", "nginx:1.27", 80],
    ["mongod --bind_ip localhost", "mongo:8", 27017],
    ["python3 -m http.server --bind 127.0.0.1 8000", "python:3.12", 8000],
    ["nc -lk -s 127.0.0.1 -p 7", "busybox:1.36", 7],
  ])("may be %s", (command, image, port) => {
    const conf = "http { server { listen 127.0.0.1:80; listen localhost:81; } }";
    const argv = ["sh", "-c", `mkdir -p /site; echo '${conf}' > /site/nginx.conf; exec ${command}`];
    const name = `p${port}`;
    node.bind(name, { containers: [{ name: "server", image, command: argv }, shell] });
    settled(node);
    const to = (address: string): string => node.exec(name, `nc -z ${address} ${port}; echo $?`, "shell");
    expect([to("127.0.0.1"), to(node.pod(name).status.podIP ?? "")]).toEqual(["0\n", "1\n"]);
  });
});

describe("two containers of a pod", () => {
  it("can't have the same port: the second ends in its image's words and is started again", () => {
    const node = new TestNode();
    const taken = (name: string, container: Partial<Container>): Container => ({ name, image: "", ...container });
    node.bind("clash", {
      containers: [
        taken("first", { image: "nginx:1.27" }),
        taken("nginx", { image: "nginx:1.28" }),
        taken("apache", { image: "httpd:2.4" }),
        taken("go", echo("go", "-listen=:80")),
        taken("redis", { image: "redis:7.4", args: ["--port", "80"] }),
      ],
    });
    settled(node);
    const statuses = node.pod("clash").status.containerStatuses ?? [];
    const codes = statuses.map(({ name, state, lastState }) => [
      name,
      lastState?.terminated?.exitCode ?? state?.terminated?.exitCode ?? "running",
    ]);
    expect(Object.fromEntries(codes)).toEqual({ first: "running", nginx: 1, apache: 1, go: 1, redis: 1 });
    expect(log(node, "clash", "nginx").at(-1)).toBe("nginx: [emerg] still could not bind()");
    expect(log(node, "clash", "nginx")).toContain(
      "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)",
    );
    expect(log(node, "clash", "apache")[0]).toBe(
      "(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80",
    );
    expect(log(node, "clash", "go")).toEqual(["listen tcp :80: bind: address already in use"]);
    expect(log(node, "clash", "redis").at(-1)).toMatch(/# Failed listening on port 80 \(tcp\), aborting\.$/);
  });

  it("on the node's network clash with each other across pods", () => {
    const node = new TestNode();
    for (const name of ["one", "two"])
      node.bind(name, { hostNetwork: true, containers: [{ name: "nginx", image: "nginx:1.27" }] });
    settled(node);
    expect([node.state("one"), node.state("two")]).toEqual(["Running", "CrashLoopBackOff"]);
  });
});
