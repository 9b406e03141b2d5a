/** What kube-proxy's rules look like on a node: iptables, ipvsadm and nft, for the very services that decide. */
import { describe, expect, it } from "vitest";
import { services } from "../api/registry.ts";
import { createTestNetwork, pod } from "../network/testing/test-network.ts";
import { Kernel } from "../runtime/kernel.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import { createProgramSource } from "../runtime/program-source.ts";
import type { Simulation } from "../sim/simulation.ts";
import { packetTools } from "../userland/packet-tools/registry.ts";
import { createUserland } from "../userland/registry.ts";

function shell(sim: Simulation, network: NetworkPort, uid = 0): (line: string) => string {
  const fs = new MemoryFileSystem({ now: () => sim.now });
  fs.addDevices();
  const machine = new Kernel(sim).createMachine({
    id: `shell-${uid}`,
    hostname: "box",
    fs,
    env: { PATH: "/usr/sbin:/usr/bin:/bin" },
    user: { name: uid === 0 ? "root" : "docker", uid, gid: uid, home: "/" },
    programs: createProgramSource(createUserland("debian"), packetTools("debian")),
    network,
    background: false,
  });
  return (line) => {
    let text = "";
    const output = { write: (piece: string) => void (text += piece) };
    machine.start({
      argv: ["sh", "-c", line],
      stdio: { stdin: "none", stdout: output, stderr: output },
      onExit: () => {},
    });
    return text;
  };
}

function node() {
  const net = createTestNetwork({ clusterCIDR: "10.244.0.0/16" });
  const { client, sim, settle, service, slice, worker1, worker2 } = net;
  service("kubernetes", { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, targetPort: 6443 }] });
  slice("kubernetes", [{ addresses: ["192.168.49.2"] }], [{ name: "https", port: 6443, protocol: "TCP" }]);
  service("empty", { clusterIP: "10.96.0.3", sessionAffinity: "None" });
  const [one, two] = [pod(worker1, "one"), pod(worker2, "two")];
  const balanced = service("web", {
    type: "LoadBalancer",
    clusterIP: "10.96.0.2",
    externalTrafficPolicy: "Local",
    sessionAffinity: "ClientIP",
    loadBalancerSourceRanges: ["203.0.113.0/25"],
    ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }],
  });
  client
    .resource(services)
    .updateStatus({ ...balanced, status: { loadBalancer: { ingress: [{ ip: "198.51.100.7" }] } } });
  slice("web", [
    { addresses: [one.ip], nodeName: "worker-1" },
    { addresses: [two.ip], nodeName: "worker-2" },
  ]);
  settle();
  return { ...net, run: shell(sim, worker1.port()), other: shell(sim, worker2.port()), one, two };
}

describe("iptables", () => {
  it("writes upstream's chains under upstream's names", () => {
    const { run } = node();
    const rules = (chain: string): string[] => run(`iptables-save -t nat | grep -e '^-A ${chain}'`).trim().split("\n");
    expect(rules("KUBE-SERVICES")).toEqual([
      '-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y',
      '-A KUBE-SERVICES -d 10.96.0.2/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G',
      '-A KUBE-SERVICES -d 198.51.100.7/32 -p tcp -m comment --comment "default/web loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-LOLE4ISW44XBNF3G',
      '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ]);
    expect(rules("KUBE-SVC-NPX46M4PTMTKRN6Y")).toEqual([
      '-A KUBE-SVC-NPX46M4PTMTKRN6Y ! -s 10.244.0.0/16 -d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-MARK-MASQ',
      expect.stringMatching(
        /^-A KUBE-SVC-NPX46M4PTMTKRN6Y -m comment --comment "default\/kubernetes:https -> 192.168.49.2:6443" -j KUBE-SEP-[A-Z2-7]{16}$/,
      ),
    ]);
    expect(rules("KUBE-EXT")).toEqual([
      '-A KUBE-EXT-LOLE4ISW44XBNF3G -s 10.244.0.0/16 -m comment --comment "pod traffic for default/web external destinations" -j KUBE-SVC-LOLE4ISW44XBNF3G',
      '-A KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "masquerade LOCAL traffic for default/web external destinations" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
      '-A KUBE-EXT-LOLE4ISW44XBNF3G -m comment --comment "route LOCAL traffic for default/web external destinations" -m addrtype --src-type LOCAL -j KUBE-SVC-LOLE4ISW44XBNF3G',
      "-A KUBE-EXT-LOLE4ISW44XBNF3G -j KUBE-SVL-LOLE4ISW44XBNF3G",
    ]);
    expect(rules("KUBE-SVL").join("\n")).toMatch(
      /10.244.1.2:8080" -m recent --rcheck --seconds 10800 --reap .*\n.*10.244.1.2:8080" -j KUBE-SEP-[A-Z2-7]{16}$/,
    );
    expect(rules("KUBE-SVC-LOLE4ISW44XBNF3G").at(-2)).toContain(
      "-m statistic --mode random --probability 0.50000000000 -j",
    );
    expect(rules("KUBE-SEP").filter((line) => line.includes("DNAT"))).toHaveLength(3);
  });

  it("refuses and drops in the filter table, and lists in columns", () => {
    const { run, other, settle, client, worker1 } = node();
    expect(run("iptables -S KUBE-SERVICES")).toBe(
      '-N KUBE-SERVICES\n-A KUBE-SERVICES -d 10.96.0.3/32 -p tcp -m comment --comment "default/empty has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable\n',
    );
    expect(run("iptables -t nat -nL KUBE-NODEPORTS")).toBe(
      "Chain KUBE-NODEPORTS (1 references)\ntarget     prot opt source               destination         \nKUBE-EXT-LOLE4ISW44XBNF3G  tcp  --  0.0.0.0/0            0.0.0.0/0            /* default/web */ tcp dpt:30080\n",
    );
    expect(run("iptables -L KUBE-PROXY-FIREWALL")).toContain(
      "DROP       tcp  --  anywhere             198.51.100.7         /* default/web traffic not accepted by KUBE-FW-LOLE4ISW44XBNF3G */ tcp dpt:http\n",
    );
    // What stands still keeps its rules.
    worker1.proxyRunning = false;
    client.resource(services).delete("default", "web");
    settle();
    expect([run("iptables-save"), other("iptables-save")].map((text) => text.includes("default/web"))).toEqual([
      true,
      false,
    ]);
  });

  it("is for root, and empty in a pod of its own", () => {
    const { sim, worker1, one } = node();
    expect(shell(sim, worker1.port(), 1000)("iptables-save")).toContain("Permission denied (you must be root)");
    expect(shell(sim, worker1.port(), 1000)("USER=root iptables-save")).toContain(
      "Permission denied (you must be root)",
    );
    expect(shell(sim, one.port())("iptables-save")).toBe("");
    expect(shell(sim, one.port())("iptables -t nat -S")).toBe(
      "-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n",
    );
    const host = worker1.attachPod({ namespace: "default", name: "debug", uid: "d", hostNetwork: true });
    expect(shell(sim, host.port())("iptables-save -t nat | grep -c KUBE-SEP")).not.toBe("0\n");
  });
});

describe("a packet filter that root writes into", () => {
  /** What curl says from the pod, in one word: 200, or its exit code. */
  const asked = (test: ReturnType<typeof node>, from: NetworkPort, url: string): string => {
    const outcome = test.get(from, url, { timeoutMs: 2000 });
    return outcome.ok ? String(outcome.response.status) : `${outcome.errno}: ${outcome.why}`;
  };
  const listening = () => {
    const test = node();
    const { one, two, service, slice, settle } = test;
    for (const each of [one, two]) each.namespace.bindHttp(8080, () => ({ status: 200, body: each.ip }));
    service("plain", {
      clusterIP: "10.96.0.9",
      ports: [{ port: 80, targetPort: 8080, nodePort: 30090 }],
      type: "NodePort",
    });
    slice("plain", [{ addresses: [two.ip], nodeName: "worker-2" }]);
    settle();
    return test;
  };

  it("drops and rejects what it is told to, on the way in, out and through, and names the rule", () => {
    const test = listening();
    const { run, other, one, two, network, worker1 } = test;
    const [pod1, host, laptop] = [one.port(), worker1.port(), network.laptopPort()];
    const direct = `http://${two.ip}:8080/`;
    expect(asked(test, pod1, direct)).toBe("200");
    expect(run("iptables -A FORWARD -d 10.244.2.2 -p tcp --dport 8080 -j DROP; iptables -S FORWARD | tail -n 1")).toBe(
      "-A FORWARD -d 10.244.2.2/32 -p tcp -m tcp --dport 8080 -j DROP\n",
    );
    const rule = "-A FORWARD -d 10.244.2.2/32 -p tcp -m tcp --dport 8080 -j DROP";
    const dropped = `ETIMEDOUT: the packet filter of node/worker-1: ${rule}`;
    // What the node itself sends goes out, and isn't forwarded; the service's packets are on their way to the pod by then.
    expect([asked(test, pod1, direct), asked(test, host, direct), asked(test, pod1, "http://10.96.0.9/")]).toEqual([
      dropped,
      "200",
      dropped,
    ]);
    expect(test.get(pod1, direct, { timeoutMs: 2000 }).hops.at(-1)).toEqual({
      at: "pod/default/one",
      decision: "time out",
      reason: `the packet filter of node/worker-1: ${rule}`,
    });
    expect(
      run(
        "iptables -D FORWARD -d 10.244.2.2 -p tcp --dport 8080 -j DROP; iptables -I OUTPUT -p tcp --dport 8080 -j REJECT",
      ),
    ).toBe("");
    expect([asked(test, pod1, direct), asked(test, host, direct)]).toEqual([
      "200",
      "ECONNREFUSED: the packet filter of node/worker-1: -A OUTPUT -p tcp -m tcp --dport 8080 -j REJECT --reject-with icmp-port-unreachable",
    ]);
    run("iptables -D OUTPUT 1");
    expect(worker1.filter.active).toBe(false);
    // A node port is led on to a pod before INPUT is asked: the classical mistake.
    const port = "http://192.168.49.4:30090/";
    other("iptables -I INPUT -p tcp --dport 30090 -j DROP");
    expect(asked(test, laptop, port)).toBe("200");
    other(
      "iptables -I FORWARD -p tcp --dport 8080 -m conntrack --ctstate NEW -j REJECT --reject-with icmp-host-prohibited",
    );
    expect(asked(test, laptop, port)).toMatch(
      /^EHOSTUNREACH: the packet filter of node\/worker-2: -A FORWARD .* icmp-host-prohibited$/,
    );
    other("iptables -F FORWARD; iptables -P FORWARD DROP");
    expect(asked(test, pod1, direct)).toBe("ETIMEDOUT: the packet filter of node/worker-2: -P FORWARD DROP");
    other(
      "iptables -P FORWARD ACCEPT; iptables -t nat -A PREROUTING -p tcp --dport 7000 -j DNAT --to-destination 10.244.2.2:8080",
    );
    expect(asked(test, laptop, "http://192.168.49.4:7000/")).toBe("200");
  });

  it("counts connections from the first time that somebody looks", () => {
    const test = listening();
    const { run, one } = test;
    const lines = (): string[] =>
      run("iptables -t nat -nvL KUBE-SERVICES | grep -e pkts -e plain; iptables -vS -t nat | grep -c -- '-c 1 60'")
        .trimEnd()
        .split("\n");
    expect(lines().map((line) => line.trim().split(/\s+/).slice(0, 3))).toEqual([
      ["pkts", "bytes", "target"],
      ["0", "0", expect.stringMatching(/^KUBE-SVC-/)],
      ["0"],
    ]);
    expect(asked(test, one.port(), "http://10.96.0.9/")).toBe("200");
    expect(lines()[1]?.trim().split(/\s+/).slice(0, 2)).toEqual(["1", "60"]);
    expect(run("iptables -Z -t nat; iptables-save -ct nat | grep -c '^.1:60'")).toBe("0\n");
  });

  it("leads to services no more once its nat table is empty, until kube-proxy writes all of it again", () => {
    const test = listening();
    const { run, one, sim, slice, two, worker1, settle, network } = test;
    const ask = (): string => asked(test, one.port(), "http://10.96.0.9/");
    const lost = "ETIMEDOUT: no service has this address and port";
    const before = run("iptables-save | grep -v '^#'");
    run("iptables -t nat -F");
    expect(ask()).toBe(lost);
    // A change of any service puts the proxy's own chains back, but not the jump to them.
    slice("web", [{ addresses: [two.ip], nodeName: "worker-2" }]);
    settle();
    expect(run("iptables -t nat -S KUBE-SERVICES | grep -c plain; iptables -t nat -S PREROUTING")).toBe(
      "1\n-P PREROUTING ACCEPT\n",
    );
    expect(ask()).toBe(lost);
    // The proxy looks for its canary in the mangle table alone.
    sim.runUntil(sim.now + 120_000);
    expect(ask()).toBe(lost);
    run("iptables -A FORWARD -d 10.9.9.9 -j DROP; iptables -t mangle -F; iptables -t mangle -X");
    sim.runUntil(sim.now + 30_000);
    expect(ask()).toBe("200");
    expect(run("iptables -S FORWARD | tail -n 1; iptables -D FORWARD -d 10.9.9.9 -j DROP")).toBe(
      "-A FORWARD -d 10.9.9.9/32 -j DROP\n",
    );
    expect(run("iptables-save | grep -v '^#' | grep -v web")).toBe(
      before
        .split("\n")
        .filter((line) => !line.includes("web"))
        .join("\n"),
    );
    expect(worker1.filter.active).toBe(false);
    // A chain that is gone makes the next writing fail; it is tried again, and all of it, after the sync period.
    run("iptables -t nat -F; iptables -t nat -X");
    slice("web", [{ addresses: [one.ip], nodeName: "worker-1" }]);
    settle();
    expect(ask()).toBe(lost);
    sim.runUntil(sim.now + 31_000);
    expect(ask()).toBe("200");
    // A proxy that starts writes everything, and once an hour it does so anyway.
    run("iptables -t nat -F PREROUTING");
    expect(ask()).toBe(lost);
    network.setProxy("worker-1", { mode: "iptables", minSyncMs: 1000, syncMs: 30_000 });
    expect(ask()).toBe("200");
    run("iptables -t nat -F PREROUTING");
    sim.runUntil(sim.now + 3_599_000);
    expect(ask()).toBe(lost);
    sim.runUntil(sim.now + 2000);
    expect(ask()).toBe("200");
  });

  it("takes back what iptables-save printed, whole or not at all", () => {
    const { run, worker1 } = listening();
    const before = run("iptables-save > /rules; grep -v '^#' /rules");
    run(
      "iptables -t nat -F; iptables -N OWN; iptables -A OWN -s 10.1.2.3/16 -i eth0 -m comment --comment 'keep out' -j DROP",
    );
    expect(run("iptables -S OWN")).toBe(
      '-N OWN\n-A OWN -s 10.1.0.0/16 -i eth0 -m comment --comment "keep out" -j DROP\n',
    );
    expect(run("iptables-restore < /rules; iptables-save | grep -v '^#'")).toBe(before);
    expect(worker1.filter.active).toBe(false);
    expect(
      run(
        "printf '*filter\n-A INPUT -j DROP\n-A NOPE -j DROP\nCOMMIT\n' | iptables-restore -n; echo $?; iptables -S INPUT | grep -c DROP",
      ),
    ).toBe("iptables-restore v1.8.11 (nf_tables): line failed\nError occurred at line: 3\n2\n0\n");
  });

  it("refuses in iptables' words what can't be", () => {
    const { run, sim, one } = listening();
    const said = [
      "-t nat -A PREROUTING -j DROP",
      "-A NOPE -j DROP",
      "-A INPUT -j NOPE",
      "-D INPUT -s 1.2.3.4 -j DROP",
      "-D INPUT 99",
      "-N KUBE-SERVICES",
      "-X KUBE-SERVICES",
      "-A INPUT --dport 80 -j DROP",
      "-A INPUT -m string --string x -j DROP",
      "-P KUBE-SERVICES DROP",
      "-t raw -L",
      "",
    ].map((words) =>
      run(`iptables ${words}; echo $?`)
        .replaceAll("iptables v1.8.11 (nf_tables): ", "")
        .replace(/\nTry .*/, "")
        .trim(),
    );
    expect(said).toEqual([
      'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n\n2',
      "iptables: No chain/target/match by that name.\n1",
      "iptables: No chain/target/match by that name.\n1",
      "iptables: Bad rule (does a matching rule exist in that chain?).\n1",
      "iptables: Index of deletion too big.\n1",
      "iptables: Chain already exists.\n1",
      "iptables: Device or resource busy.\n4",
      'unknown option "--dport"\n2',
      "match string is not simulated: tcp, udp, multiport, comment, conntrack, state, mark, addrtype, recent, statistic are\n2",
      "iptables: Bad built-in chain name.\n1",
      "table 'raw' is not simulated: mangle, filter, nat are\n3",
      "no command specified\n2",
    ]);
    expect(shell(sim, one.port())("iptables -A INPUT -j DROP; echo $?")).toBe(
      "iptables: rules of a network namespace other than a node's are not simulated\n4\n",
    );
  });
});

describe("a node's routes and sockets", () => {
  it("lead to its own pods by its bridge, to others' by their nodes, out by the rest", () => {
    const { run } = node();
    expect(run("ip route")).toBe(
      [
        "default via 192.168.49.1 dev eth0 ",
        "10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1 ",
        "10.244.2.0/24 via 192.168.49.4 dev eth0 ",
        "192.168.49.0/24 dev eth0 proto kernel scope link src 192.168.49.3 ",
        "",
      ].join("\n"),
    );
    expect(run("ip route get 10.244.2.9")).toBe(
      "10.244.2.9 via 192.168.49.4 dev eth0 src 192.168.49.3 uid 0 \n    cache \n",
    );
    expect(run("ip route get nowhere")).toBe('Error: any valid prefix is expected rather than "nowhere".\n');
  });

  it("are shown by ss: who listens, who is connected", () => {
    const { sim, one, two } = node();
    const { namespace } = two;
    namespace.bindTcp(6379, () => ({}));
    namespace.bindUdp(53, () => undefined, "127.0.0.1");
    const run = shell(sim, one.port());
    run(`sleep 60 | nc ${two.ip} 6379 &`);
    sim.runUntil(sim.now + 1000);
    expect(shell(sim, two.port())("ss -ltn; ss -H -uln; ss -tn")).toBe(
      [
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess",
        "LISTEN 0      4096               *:6379            *:*          ",
        "UNCONN 0 0 127.0.0.1:53 0.0.0.0:*",
        "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process",
        "ESTAB 0      0         10.244.2.2:6379   10.244.1.2:32768       ",
        "",
      ].join("\n"),
    );
    expect(run("ss -tnp dst 10.0.0.1")).toBe("ss: filters are not simulated: dst 10.0.0.1\n");
    expect(run("ss -Htp; pidof nc")).toMatch(
      /^ESTAB 0 0 10\.244\.1\.2:32768 10\.244\.2\.2:6379 users:\(\("nc",pid=(\d+),fd=3\)\)\n\1\n$/,
    );
  });
});

describe("ping and traceroute", () => {
  it("name the routers on the way, and what answers at a service's address depends on the proxy's mode", () => {
    const { sim, one, two, worker1 } = node();
    const run = shell(sim, one.port());
    const later = (line: string): string => {
      const answer = run(`{ ${line}; echo $?; } > out 2>&1`);
      sim.runUntil(sim.now + 60_000);
      return answer + run("cat out");
    };
    expect(later(`ping -c 2 ${two.ip}`)).toBe(
      [
        "PING 10.244.2.2 (10.244.2.2) 56(84) bytes of data.",
        "64 bytes from 10.244.2.2: icmp_seq=1 ttl=62 time=1.050 ms",
        "64 bytes from 10.244.2.2: icmp_seq=2 ttl=62 time=1.050 ms",
        "",
        "--- 10.244.2.2 ping statistics ---",
        "2 packets transmitted, 2 received, 0% packet loss, time 1001ms",
        "rtt min/avg/max/mdev = 1.050/1.050/1.050/0.000 ms",
        "0",
        "",
      ].join("\n"),
    );
    expect(later(`traceroute -n -q 1 ${two.ip}; traceroute -n -q 2 -m 3 -w 1 10.96.0.2; ping -t 1 -c 1 1.1.1.1`)).toBe(
      [
        "traceroute to 10.244.2.2 (10.244.2.2), 30 hops max, 60 byte packets",
        " 1  10.244.1.1  1.050 ms",
        " 2  192.168.49.4  1.050 ms",
        " 3  10.244.2.2  1.050 ms",
        "traceroute to 10.96.0.2 (10.96.0.2), 3 hops max, 60 byte packets",
        " 1  10.244.1.1  1.050 ms  1.050 ms",
        " 2  192.168.49.1  1.050 ms  1.050 ms",
        " 3  * *",
        "PING 1.1.1.1 (1.1.1.1) 56(84) bytes of data.",
        "From 10.244.1.1 icmp_seq=1 Time to live exceeded",
        "",
        "--- 1.1.1.1 ping statistics ---",
        "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 1ms",
        "",
        "1",
        "",
      ].join("\n"),
    );
    expect(later("ping -q -i 0 -w 1 -s 100 127.0.0.1 | grep -v rtt; ping -c x 1.1.1.1; ping -s 65508 1.1.1.1")).toBe(
      [
        "PING 127.0.0.1 (127.0.0.1) 100(128) bytes of data.",
        "",
        "--- 127.0.0.1 ping statistics ---",
        "1000 packets transmitted, 1000 received, 0% packet loss, time 1000ms",
        "ping: invalid argument: 'x'",
        "ping: invalid argument: '65508'",
        "1",
        "",
      ].join("\n"),
    );
    const answers = (): string[] => [
      later("ping -c 1 10.96.0.2").split("\n")[1] ?? "",
      /: (.*)$/m.exec(later("curl -s -S -m 2 http://10.96.0.2:81/"))?.[1] ?? "",
    ];
    expect(answers()).toEqual(["", "(28) Connection timed out after 2000 milliseconds"]);
    worker1.proxyMode = "ipvs";
    expect(answers()).toEqual([
      "64 bytes from 10.96.0.2: icmp_seq=1 ttl=64 time=0.050 ms",
      "(7) Failed to connect to 10.96.0.2 port 81 after 0 ms: Could not connect to server",
    ]);
    worker1.proxyMode = "nftables";
    expect(answers()).toEqual([
      "From 10.244.1.1 icmp_seq=1 Destination Port Unreachable",
      "(7) Failed to connect to 10.96.0.2 port 81 after 0 ms: Could not connect to server",
    ]);
  });
});

describe("the other modes", () => {
  it("are virtual servers in IPVS", () => {
    const { run, worker1 } = node();
    expect(run("ipvsadm -Ln")).not.toContain("10.96");
    expect(run("ip addr show kube-ipvs0")).toBe('Device "kube-ipvs0" does not exist.\n');
    worker1.proxyMode = "ipvs";
    expect(run("iptables-save -t nat | grep SVC")).toBe("");
    expect(run("ip addr show kube-ipvs0").split("\n").slice(0, 5)).toEqual([
      "3: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default ",
      "    link/ether 5e:0b:c0:a8:31:03 brd ff:ff:ff:ff:ff:ff",
      "    inet 10.96.0.1/32 scope global kube-ipvs0",
      "       valid_lft forever preferred_lft forever",
      "    inet 10.96.0.2/32 scope global kube-ipvs0",
    ]);
    expect(run("ipvsadm -Ln")).toBe(`IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.0.1:443 rr
  -> 192.168.49.2:6443            Masq    1      0          0         
TCP  10.96.0.2:80 rr persistent 10800
  -> 10.244.1.2:8080              Masq    1      0          0         
  -> 10.244.2.2:8080              Masq    1      0          0         
TCP  10.96.0.3:80 rr
TCP  192.168.49.3:30080 rr persistent 10800
  -> 10.244.1.2:8080              Masq    1      0          0         
TCP  198.51.100.7:80 rr persistent 10800
  -> 10.244.1.2:8080              Masq    1      0          0         
`);
  });

  it("are virtual servers that root can change, until the next change of a service", () => {
    const { run, worker1, one, two, get, slice, service, settle } = node();
    for (const each of [one, two]) each.namespace.bindHttp(8080, () => ({ status: 200, body: each.ip }));
    service("plain", { clusterIP: "10.96.0.9", ports: [{ port: 80, targetPort: 8080 }] });
    slice("plain", [{ addresses: [two.ip], nodeName: "worker-2" }]);
    settle();
    worker1.proxyMode = "ipvs";
    const ask = (url: string): string => {
      const outcome = get(one.port(), url, { timeoutMs: 2000 });
      return outcome.ok ? outcome.response.body : outcome.errno;
    };
    const web = "http://10.96.0.9/";
    run(`ipvsadm -a -t 10.96.0.9:80 -r ${one.ip}:8080 -m`);
    expect([ask(web), ask(web), ask(web)]).toEqual([two.ip, one.ip, two.ip]);
    run(`ipvsadm -d -t 10.96.0.9:80 -r ${two.ip}:8080`);
    expect([ask(web), ask(web)]).toEqual([one.ip, one.ip]);
    run(
      "ipvsadm -D -t 10.96.0.9:80; ipvsadm -A -t 10.96.0.77:90 -s rr; ipvsadm -a -t 10.96.0.77:90 -r 10.244.2.2:8080",
    );
    expect([ask(web), ask("http://10.96.0.77:90/")]).toEqual(["ECONNREFUSED", two.ip]);
    run("ipvsadm -A -t 10.96.0.78:90 -s rr -p 60");
    for (const { ip } of [one, two]) run(`ipvsadm -a -t 10.96.0.78:90 -r ${ip}:8080`);
    const kept = [ask("http://10.96.0.78:90/"), ask("http://10.96.0.78:90/")];
    run(`ipvsadm -d -t 10.96.0.78:90 -r ${one.ip}:8080`);
    expect([...kept, ask("http://10.96.0.78:90/")]).toEqual([one.ip, one.ip, two.ip]);
    expect(run("ipvsadm -D -t 10.96.0.9:80; echo $?; ipvsadm -a -t 10.96.0.77:90; ipvsadm -Ln | grep -A1 0.77")).toBe(
      "No such service\n255\nYou need to supply the 'real-server' option for this command\nTCP  10.96.0.77:90 rr\n  -> 10.244.2.2:8080              Masq    1      0          0         \n",
    );
    slice("web", [{ addresses: [two.ip], nodeName: "worker-2" }]);
    settle();
    expect([ask(web), ask("http://10.96.0.77:90/"), worker1.filter.active]).toEqual([two.ip, "ETIMEDOUT", false]);
  });

  it("are a table in nftables", () => {
    const { run, worker1 } = node();
    expect(run("nft list ruleset 2>/dev/null")).toBe("");
    expect(run("nft list ruleset")).toContain(
      "nft: table ip nat is managed by iptables-nft, and shown here by iptables-save -t nat alone\n",
    );
    expect(run("nft add table ip x")).toBe(
      "nft: `add table ip x' is not simulated: list ruleset and list tables are\n",
    );
    worker1.proxyMode = "nftables";
    const text = run("nft list ruleset");
    expect(text).toMatch(/^table ip kube-proxy \{\n\tcomment "rules for kube-proxy"\n\n\tset cluster-ips \{\n/);
    for (const piece of [
      "198.51.100.7 . tcp . 80 : goto external-",
      '10.96.0.3 . tcp . 80 comment "default/empty" : goto reject-chain',
      "\t\tip saddr != { 203.0.113.0/25 } drop\n",
      "\t\tmeta l4proto tcp dnat to 10.244.1.2:8080\n",
      "ip daddr 10.96.0.1 ip saddr != 10.244.0.0/16 jump mark-for-masquerade",
    ])
      expect(text).toContain(piece);
  });
});
