/** conntrack on nodes: what they remember of the connections that pass, with the addresses before and behind a service. */
import { expect, it } from "vitest";
import { ssh } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const pod = (name: string, nodeName: string, container: object): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } } },
  spec: { nodeName, terminationGracePeriodSeconds: 0, containers: [{ name: "main", ...container }] },
});
const service = (name: string, clusterIP: string, port: object): object => ({
  ...{ apiVersion: "v1", kind: "Service", metadata: { name } },
  spec: { type: "NodePort", clusterIP, selector: { app: name }, ports: [{ protocol: "TCP", ...port }] },
});
laptop.apply(
  pod("client", "worker-1", { image: "nicolaka/netshoot", command: ["sleep", "infinity"] }),
  pod("web", "worker-2", { image: "nginx" }),
  pod("store", "worker-2", { image: "redis" }),
  service("web", "10.96.0.50", { port: 80, nodePort: 30080 }),
  service("store", "10.96.0.60", { port: 6379, nodePort: 30079 }),
);
laptop.kubectl("wait pod --all --for=condition=Ready");
test.run(3000);

const ip = (name: string): string => laptop.field(`pod ${name}`, ".status.podIP");
const inside = (line: string): void => void laptop.run(`kubectl exec client -- sh -c "${line}"`);
/** A node's table without what its own components leave there; ports that clients took are the same letter. */
const on = (node: string, options: string): string[] =>
  ssh(test, node, `sudo conntrack -L ${options} 2>/dev/null`)
    .trim()
    .split("\n")
    .map((line) => line.replace(/(port)=(?!30080)[3-6]\d{4}\b/g, "$1=P"));

it("a service's connection has the service's address on the way there and the pod's on the way back", () => {
  const [client, web] = [ip("client"), ip("web")];
  inside("curl -s -o /dev/null 10.96.0.50");
  expect(on("worker-1", "-p tcp -d 10.96.0.50")).toEqual([
    `tcp      6 120 TIME_WAIT src=${client} dst=10.96.0.50 sport=P dport=80 src=${web} dst=${client} sport=80 dport=P [ASSURED] mark=0 use=1`,
  ]);
  // The server's node sees the pods alone, a third one nothing.
  const direct = `TIME_WAIT src=${client} dst=${web} sport=P dport=80 src=${web} dst=${client} sport=80 dport=P [ASSURED] mark=0 use=1`;
  expect(on("worker-2", `-s ${client} --dport 80`)).toEqual([`tcp      6 119 ${direct}`]);
  expect(on("worker-3", `-s ${client}`)).toEqual([""]);
  test.run(60_000);
  expect(on("worker-2", `-s ${client} --dport 80`)).toEqual([`tcp      6 59 ${direct}`]);
  test.run(61_000);
  expect(on("worker-2", `-s ${client}`)).toEqual([""]);
});

it("an open connection stays, one that nobody answers is unreplied, a refused one is soon forgotten", () => {
  const [client, web, store] = [ip("client"), ip("web"), ip("store")];
  inside("sleep 300 | nc 10.96.0.60 6379 > /dev/null &");
  test.run(10_000);
  inside(`curl -s -m 2 10.96.0.50:81; curl -s ${web}:82; curl -s -m 1 store.default.svc.cluster.local:6379`);
  test.run(1000);
  expect(
    on("worker-1", `-p tcp -s ${client} --dport 6379 --state ESTABLISHED`).map((line) =>
      line.replace(/6 4319\d\d/, "6 N"),
    ),
  ).toEqual([
    `tcp      6 N ESTABLISHED src=${client} dst=10.96.0.60 sport=P dport=6379 src=${store} dst=${client} sport=6379 dport=P [ASSURED] mark=0 use=1`,
  ]);
  expect(on("worker-1", "--dport 81")).toEqual([
    `tcp      6 117 SYN_SENT src=${client} dst=10.96.0.50 sport=P dport=81 [UNREPLIED] src=10.96.0.50 dst=${client} sport=81 dport=P mark=0 use=1`,
  ]);
  expect(on("worker-1", "--dport 82").map((line) => line.split(" src=")[0])).toEqual([
    expect.stringMatching(/^tcp {6}6 (7|8) CLOSE$/),
  ]);
  expect(
    on("worker-1", "-p udp -d 10.96.0.10").map((line) => line.replace(/(src|dst)=10\.244\.0\.\d+/, "$1=DNS")),
  ).toContainEqual(
    expect.stringMatching(
      new RegExp(
        `^udp {6}17 (2\\d|30) src=${client} dst=10\\.96\\.0\\.10 sport=P dport=53 src=DNS dst=${client} sport=53 dport=P mark=0 use=1$`,
      ),
    ),
  );
});

it("a node that hides a client answers for it", () => {
  const web = ip("web");
  expect(ssh(test, "worker-3", "curl -s -o /dev/null 172.18.0.3:30080; echo $?")).toBe("0\n");
  expect(on("worker-1", "-p tcp --orig-dst 172.18.0.3 -n")).toEqual([
    `tcp      6 119 TIME_WAIT src=172.18.0.5 dst=172.18.0.3 sport=P dport=30080 src=${web} dst=172.18.0.3 sport=80 dport=P [ASSURED] mark=0 use=1`,
  ]);
  const within = (range: string): string[] => on("worker-1", `-p tcp -n -d ${range}`).map((line) => line.slice(0, 6));
  expect([within("172.18.0.0/16"), within("172.19.0.0/16")]).toEqual([["tcp   "], [""]]);
});

it("is each node's own memory: what goes on elsewhere takes nothing from it", () => {
  const [client, web] = [ip("client"), ip("web")];
  inside(`curl -s -o /dev/null ${web}`);
  // Far more than a node remembers, between other nodes.
  expect(
    ssh(test, "worker-3", "for i in $(seq 600); do curl -s -o /dev/null 172.18.0.2:10250; done; echo $?", 60_000),
  ).toBe("0\n");
  expect(on("worker-1", `-p tcp -s ${client} -d ${web}`)).toHaveLength(1);
  expect(on("worker-1", `-p tcp -s ${client} -d ${web}`)[0]).toContain("TIME_WAIT");
  expect(on("worker-3", "-p tcp -d 172.18.0.2 --dport 10250").length).toBeGreaterThan(100);
});

it("is root's to see, and nothing can be changed", () => {
  const said = (line: string): string => ssh(test, "worker-3", `${line} 2>&1 >/dev/null`);
  expect(said("conntrack -L")).toBe(
    "conntrack v1.4.8 (conntrack-tools): Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this\n",
  );
  // Root of a container hasn't that capability unless its pod asks for it.
  expect(laptop.run("kubectl exec client -- conntrack -L").stderr).toBe(
    "conntrack v1.4.8 (conntrack-tools): Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this\ncommand terminated with exit code 1\n",
  );
  const refused = (tool: string): string => laptop.run(`kubectl exec client -- ${tool}`).stderr;
  for (const tool of ["iptables -L", "iptables-save", "iptables -A INPUT -j DROP", "ip6tables -S"])
    expect(refused(tool)).toBe(
      `${tool.split(" ")[0]} v1.8.11 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\ncommand terminated with exit code 4\n`,
    );
  expect(refused("ipvsadm -Ln")).toBe(
    "Can't initialize ipvs: Permission denied (you must be root)\nAre you sure that IP Virtual Server is built in the kernel or as module?\ncommand terminated with exit code 2\n",
  );
  expect(refused("nft list ruleset")).toBe(
    "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\ncommand terminated with exit code 1\n",
  );
  expect(said("sudo conntrack -L -d 192.0.2.1")).toBe(
    "conntrack v1.4.8 (conntrack-tools): 0 flow entries have been shown.\n",
  );
  expect([said("sudo conntrack -L -p icmp"), said("sudo conntrack -L -d fd00::/8")]).toEqual([
    "conntrack v1.4.8 (conntrack-tools): the protocol icmp is not simulated\n",
    "conntrack v1.4.8 (conntrack-tools): fd00::/8 is not simulated\n",
  ]);
  expect(said("sudo conntrack -D -p tcp")).toBe(
    "conntrack v1.4.8 (conntrack-tools): only -L and -C of the table conntrack are simulated\n",
  );
});
