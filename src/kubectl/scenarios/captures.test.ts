/** tcpdump in pods and on nodes: what passes there, under the addresses that it has there. */
import { beforeAll, expect, it } from "vitest";
import { ssh } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const place = { image: "nicolaka/netshoot", command: ["sleep", "infinity"] };
const pod = (name: string, nodeName: string, container: object, more: object = {}): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } } },
  spec: { nodeName, terminationGracePeriodSeconds: 0, containers: [{ name: "main", ...container }], ...more },
});
const service = (name: string, ports: object[]): object => ({
  ...{ apiVersion: "v1", kind: "Service", metadata: { name } },
  spec: { clusterIP: name === "web" ? "10.96.0.50" : "10.96.0.51", selector: { app: name }, ports },
});
const port = { port: 80, protocol: "TCP" };

beforeAll(() => {
  laptop.apply(
    pod("client", "worker-1", place),
    pod("web", "worker-2", { image: "nginx" }),
    pod("sealed", "worker-1", { ...place, securityContext: { capabilities: { drop: ["NET_RAW"] } } }),
    service("web", [port]),
    service("nobody", [port]),
  );
  laptop.kubectl("wait pod --all --for=condition=Ready");
});

const ip = (name: string): string => laptop.field(`pod ${name}`, ".status.podIP");
/** Lines without what differs from run to run: times and what counts them. */
const plain = (text: string): string[] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{6} /, "").replace(/TS val \d+ ecr \d+/, "TS"));

/** What tcpdump shows in the pod while it does something. */
function inClient(options: string, line: string): { packets: string[]; said: string } {
  const script = `timeout 9 tcpdump ${options} > /tmp/packets 2> /tmp/said & sleep 1; ${line} > /dev/null 2>&1; wait; cat /tmp/packets`;
  const packets = plain(laptop.run(`kubectl exec client -- sh -c "${script}"`).stdout);
  return { packets, said: laptop.run("kubectl exec client -- cat /tmp/said").stdout };
}

/** What it shows on nodes while the pod does something. */
function onNodes(nodes: readonly string[], options: string, line: string): string[][] {
  for (const node of nodes) ssh(test, node, `sudo timeout 9 tcpdump ${options} > packets 2> said &`);
  laptop.run(`kubectl exec client -- sh -c "${line}"`);
  test.run(12_000);
  return nodes.map((node) => plain(ssh(test, node, "cat packets")));
}

it("shows a name's question, the connection and the request, as the pod sees them: with the service's address", () => {
  const { packets, said } = inClient("-nn -i any", "curl -s http://web");
  const client = ip("client");
  const begin = (text: string): string =>
    text
      .replace(/\d{6,}/g, "N")
      .replace(/\.\d{5} >/, ".P >")
      .replace(/> (\S+)\.\d{5}:/, "> $1.P:");
  expect(packets.map(begin)).toEqual([
    expect.stringMatching(
      /^eth0 {2}Out IP \S+\.P > 10\.96\.0\.10\.53: \d+\+ A\? web\.default\.svc\.cluster\.local\. \(47\)$/,
    ),
    expect.stringMatching(/^eth0 {2}In {2}IP 10\.96\.0\.10\.53 > \S+\.P: \d+\*- 1\/0\/0 A 10\.96\.0\.50 \(63\)$/),
    `eth0  Out IP ${client}.P > 10.96.0.50.80: Flags [S], seq N, win 64240, options [mss 1460,sackOK,TS,nop,wscale 7], length 0`,
    `eth0  In  IP 10.96.0.50.80 > ${client}.P: Flags [S.], seq N, ack N, win 65160, options [mss 1460,sackOK,TS,nop,wscale 7], length 0`,
    `eth0  Out IP ${client}.P > 10.96.0.50.80: Flags [.], ack 1, win 502, options [nop,nop,TS], length 0`,
    `eth0  Out IP ${client}.P > 10.96.0.50.80: Flags [P.], seq 1:68, ack 1, win 502, options [nop,nop,TS], length 67: HTTP: GET / HTTP/1.1`,
    `eth0  In  IP 10.96.0.50.80 > ${client}.P: Flags [.], ack 68, win 509, options [nop,nop,TS], length 0`,
    `eth0  In  IP 10.96.0.50.80 > ${client}.P: Flags [P.], seq 1:832, ack 68, win 509, options [nop,nop,TS], length 831: HTTP: HTTP/1.1 200 OK`,
    `eth0  Out IP ${client}.P > 10.96.0.50.80: Flags [.], ack 832, win 502, options [nop,nop,TS], length 0`,
    `eth0  Out IP ${client}.P > 10.96.0.50.80: Flags [F.], seq 68, ack 832, win 502, options [nop,nop,TS], length 0`,
    `eth0  In  IP 10.96.0.50.80 > ${client}.P: Flags [F.], seq 832, ack 69, win 509, options [nop,nop,TS], length 0`,
    `eth0  Out IP ${client}.P > 10.96.0.50.80: Flags [.], ack 833, win 502, options [nop,nop,TS], length 0`,
  ]);
  expect(said).toBe(
    [
      "tcpdump: data link type LINUX_SLL2",
      "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode",
      "listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes",
      "12 packets captured",
      "12 packets received by filter",
      "0 packets dropped by kernel",
      "",
    ].join("\n"),
  );
});

it("shows the service's address before the node's rules, and the pod's behind them", () => {
  const [client, web] = [ip("client"), ip("web")];
  const [here, there] = onNodes(
    ["worker-1", "worker-2"],
    "-nqi any port 80 and 'tcp[tcpflags] & tcp-syn != 0'",
    "curl -s -o /dev/null 10.96.0.50",
  );
  const port = /\.(\d+) > 10\.96\.0\.50/.exec(here?.[0] ?? "")?.[1];
  expect(here).toEqual([
    `cni0  In  IP ${client}.${port} > 10.96.0.50.80: tcp 0`,
    `eth0  Out IP ${client}.${port} > ${web}.80: tcp 0`,
    `eth0  In  IP ${web}.80 > ${client}.${port}: tcp 0`,
    `cni0  Out IP 10.96.0.50.80 > ${client}.${port}: tcp 0`,
  ]);
  expect(there).toEqual([
    `eth0  In  IP ${client}.${port} > ${web}.80: tcp 0`,
    `cni0  Out IP ${client}.${port} > ${web}.80: tcp 0`,
    `cni0  In  IP ${web}.80 > ${client}.${port}: tcp 0`,
    `eth0  Out IP ${web}.80 > ${client}.${port}: tcp 0`,
  ]);
});

it("tells who is silent, who refuses and who rejects: SYN again, a reset, ICMP", () => {
  const [client, web] = [ip("client"), ip("web")];
  const flags = (packets: readonly string[]): string[] =>
    packets.map((line) => line.replace(/\.\d{5}\b/, ".P").replace(/, .*/, ""));
  expect(flags(inClient("-n tcp", `curl -s ${web}:81`).packets)).toEqual([
    `IP ${client}.P > ${web}.81: Flags [S]`,
    `IP ${web}.81 > ${client}.P: Flags [R.]`,
  ]);
  // No rule is about this port of the service: nobody answers.
  const again = `IP ${client}.P > 10.96.0.50.81: Flags [S]`;
  expect(flags(inClient("-n tcp", "curl -s -m 5 10.96.0.50:81").packets)).toEqual([again, again, again]);
  // The service has no endpoints: the node's own rule rejects.
  expect(
    inClient("-n port 80 or icmp", "curl -s 10.96.0.51").packets.map((line) => line.replace(/Flags.*|\.\d{5}\b/g, "")),
  ).toEqual([
    `IP ${client} > 10.96.0.51.80: `,
    `IP 10.244.1.1 > ${client}: ICMP 10.96.0.51 tcp port 80 unreachable, length 68`,
  ]);
  laptop.apply({
    ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "shut" } },
    spec: { podSelector: { matchLabels: { app: "web" } }, policyTypes: ["Ingress"] },
  });
  test.run(3000);
  const [here, there] = onNodes(["worker-1", "worker-2"], "-nqi any tcp port 80", `curl -s -m 2 ${web}`);
  // A policy drops it at the server's node: it comes in and is not passed on.
  expect([here?.length, there?.map((line) => line.replace(/\.\d{5}\b/, ""))]).toEqual([
    4,
    [`eth0  In  IP ${client} > ${web}.80: tcp 0`, `eth0  In  IP ${client} > ${web}.80: tcp 0`],
  ]);
  laptop.kubectl("delete networkpolicy shut");
});

it("shows connections of TCP while they are open, datagrams and pings", () => {
  const lines = (packets: readonly string[]): string[] =>
    packets.map((line) =>
      line.replace(/(\d)\.3\d{4}\b/, "$1.P").replace(/(, (win|options|seq \d+,|ack \d{4,}).*)?, length/, ", length"),
    );
  const { packets } = inClient("-i lo -n", "nc -l 9000 > /dev/null & sleep 1; echo hi | nc -N 127.0.0.1 9000");
  expect(lines(packets)).toEqual([
    "IP 127.0.0.1.P > 127.0.0.1.9000: Flags [S], length 0",
    "IP 127.0.0.1.9000 > 127.0.0.1.P: Flags [S.], length 0",
    "IP 127.0.0.1.P > 127.0.0.1.9000: Flags [.], ack 1, length 0",
    "IP 127.0.0.1.P > 127.0.0.1.9000: Flags [P.], seq 1:4, ack 1, length 3",
    "IP 127.0.0.1.9000 > 127.0.0.1.P: Flags [.], ack 4, length 0",
    "IP 127.0.0.1.P > 127.0.0.1.9000: Flags [F.], length 0",
    "IP 127.0.0.1.9000 > 127.0.0.1.P: Flags [.], ack 5, length 0",
    "IP 127.0.0.1.9000 > 127.0.0.1.P: Flags [F.], length 0",
    "IP 127.0.0.1.P > 127.0.0.1.9000: Flags [.], ack 2, length 0",
  ]);
  const [client, web] = [ip("client"), ip("web")];
  const ping = inClient("-n -c 4 icmp", `ping -c 2 ${web}`);
  expect(ping.packets.map((line) => line.replace(/id \d+/, "id N"))).toEqual([
    `IP ${client} > ${web}: ICMP echo request, id N, seq 1, length 64`,
    `IP ${web} > ${client}: ICMP echo reply, id N, seq 1, length 64`,
    `IP ${client} > ${web}: ICMP echo request, id N, seq 2, length 64`,
    `IP ${web} > ${client}: ICMP echo reply, id N, seq 2, length 64`,
  ]);
  expect(
    inClient("-n udp", `echo hello | nc -u -w 1 ${web} 7`).packets.map((line) =>
      line.replace(/(\d)\.3\d{4}\b/, "$1.P"),
    ),
  ).toEqual([`IP ${client}.P > ${web}.7: UDP, length 6`]);
  // An error carries the packet that it is about: its head, that of UDP, and the six bytes.
  expect(inClient("-n icmp", `echo hello | nc -u -w 1 ${web} 7`).packets).toEqual([
    `IP ${web} > ${client}: ICMP ${web} udp port 7 unreachable, length 42`,
  ]);
});

it("shows the kubelet's probes, which come from the node", () => {
  const probed = { httpGet: { path: "/", port: 80 }, periodSeconds: 3 };
  laptop.apply(
    pod("probed", "worker-3", { image: "nginx", readinessProbe: probed, livenessProbe: { tcpSocket: { port: 80 } } }),
  );
  laptop.kubectl("wait pod probed --for=condition=Ready");
  test.run(20_000);
  ssh(test, "worker-3", "sudo timeout 9 tcpdump -ni any port 80 > packets 2> said &");
  test.run(12_000);
  const lines = plain(ssh(test, "worker-3", "cat packets")).map((line) =>
    line.replace(/\.\d{5}\b/, "").replace(/, .*, length (\d+)/, ", $1"),
  );
  const [there, back] = [`IP 172.18.0.5 > ${ip("probed")}.80: Flags`, `IP ${ip("probed")}.80 > 172.18.0.5: Flags`];
  const asked = lines.indexOf(`cni0  Out ${there} [P.], 100: HTTP: GET / HTTP/1.1`);
  expect(lines.slice(asked - 3, asked + 3)).toEqual([
    `cni0  Out ${there} [S], 0`,
    `cni0  In  ${back} [S.], 0`,
    `cni0  Out ${there} [.], 0`,
    `cni0  Out ${there} [P.], 100: HTTP: GET / HTTP/1.1`,
    `cni0  In  ${back} [.], 0`,
    `cni0  In  ${back} [P.], 831: HTTP: HTTP/1.1 200 OK`,
  ]);
  // The other one only connects.
  expect(lines.join("\n")).toContain(`${there} [.], 0\ncni0  Out ${there} [F.], 0\n`);
});

it("writes times as -t asks, and says how much of a packet it keeps", () => {
  const { packets, said } = inClient(
    "-ttttt -s 96 -i lo -q port 9000",
    "curl -s 127.0.0.1:9000; sleep 2; curl -s 127.0.0.1:9000",
  );
  // The first one counts from itself.
  expect(packets.slice(1).map((line) => line.replace(/\.\d{6} IP .*/, ""))).toEqual([
    " 00:00:00",
    " 00:00:02",
    " 00:00:02",
  ]);
  expect(said).toContain("listening on lo, link-type EN10MB (Ethernet), snapshot length 96 bytes\n");
  const refused = (options: string): string => inClient(options, "true").said;
  expect([refused("-tttttt"), refused("-s many")]).toEqual([
    "tcpdump: only -t, -tt, -ttt, -tttt, and -ttttt are supported\n",
    "tcpdump: invalid snaplen many (must be >= 0 and <= 262144)\n",
  ]);
});

it("chooses by an expression", () => {
  const count = (expression: string): string =>
    inClient(`-n ${expression}`, "curl -s web")
      .said.split("\n")
      .find((line) => line.endsWith("captured")) ?? "";
  const web = "10.96.0.50";
  expect(
    [
      "udp port 53",
      "tcp",
      `src host ${web}`,
      `dst ${web} and not port 53`,
      "host web",
      "not tcp and not udp",
      "net 10.96.0.0/16 and port domain",
      "'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0'",
      "'(port 80 or 53) and src net 10.96'",
      "-Q out tcp",
      "-c 3",
    ].map(count),
  ).toEqual([2, 10, 4, 6, 10, 0, 2, 4, 5, 6, 3].map((each) => `${each} packet${each === 1 ? "" : "s"} captured`));
});

it("needs the right to do so, and refuses what it can't", () => {
  const run = (name: string, line: string): string =>
    laptop.kubectl(`exec ${name} -- sh -c "exec 2>&1; ${line}; echo $?"`);
  const denied =
    "tcpdump: eth0: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n";
  expect(run("sealed", "tcpdump")).toBe(`${denied}1`);
  expect(ssh(test, "worker-1", "tcpdump 2>&1")).toBe(denied);
  expect(
    run(
      "client",
      "tcpdump -D; tcpdump -w file; tcpdump -i eth9; tcpdump -c none; tcpdump port and; tcpdump host nowhere",
    ),
  ).toBe(
    [
      "1.eth0",
      "2.any",
      "3.lo",
      "tcpdump: -w is not simulated",
      "tcpdump: eth9: No such device exists",
      "(SIOCGIFHWADDR: No such device)",
      "tcpdump: invalid packet count none",
      "tcpdump: can't parse filter expression: syntax error",
      "tcpdump: unknown host 'nowhere'",
      "1",
    ].join("\n"),
  );
});
