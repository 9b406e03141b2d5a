/** What connects in a shell: nc and telnet, nmap and mtr, between two pods of a real network. */
import { describe, expect, it } from "vitest";
import { lineServer } from "../runtime/connection.ts";
import { Kernel } from "../runtime/kernel.ts";
import type { Machine } from "../runtime/machine.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import type { NetworkPort } from "../runtime/network-port.ts";
import { createProgramSource } from "../runtime/program-source.ts";
import type { Simulation } from "../sim/simulation.ts";
import { createTestNetwork, pod, says } from "../network/testing/test-network.ts";
import type { Flavour } from "../userland/command.ts";
import { socat } from "../userland/commands/socat.ts";
import { mtr } from "../userland/packet-tools/mtr.ts";
import { nmap } from "../userland/packet-tools/nmap.ts";
import { createUserland } from "../userland/registry.ts";

class Shell {
  private readonly sim: Simulation;
  private readonly machine: Machine;

  constructor(sim: Simulation, network: NetworkPort, flavour: Flavour) {
    this.sim = sim;
    const fs = new MemoryFileSystem({ now: () => sim.now });
    for (const folder of ["/root", "/tmp", "/usr/bin"]) fs.mkdir(folder, { recursive: true });
    fs.addDevices();
    this.machine = new Kernel(sim).createMachine({
      id: flavour,
      hostname: flavour,
      fs,
      env: { PATH: "/usr/bin:/bin" },
      user: { name: "root", uid: 0, gid: 0, home: "/root" },
      programs: createProgramSource(createUserland(flavour), [
        ["/usr/bin/socat", socat],
        [nmap.path, nmap.program(flavour)],
        [mtr.path, mtr.program(flavour)],
      ]),
      network,
      background: false,
    });
  }

  /** Starts a command line; `text()` is what it has printed by now, and its exit code in brackets when it has ended. */
  start(line: string): { text: () => string; type: (text: string) => void; end: () => void } {
    let text = "";
    const output = { write: (piece: string) => void (text += piece) };
    const process = this.machine.start({
      argv: ["sh", "-c", line],
      cwd: "/root",
      stdio: { stdin: "open", stdout: output, stderr: output },
      onExit: (code) => void (text += `[${code}]`),
    });
    const pass = (): void => this.sim.runUntil(this.sim.now + 100);
    pass();
    return {
      text: () => text,
      type(piece) {
        process.writeStdin(piece);
        pass();
      },
      end() {
        process.closeStdin();
        pass();
      },
    };
  }

  run(line: string): string {
    const command = this.start(line);
    command.end();
    this.sim.runUntil(this.sim.now + 3000);
    return command.text();
  }
}

function shells() {
  const { sim, worker1, worker2 } = createTestNetwork();
  const a = pod(worker1, "a");
  const b = pod(worker2, "b");
  const hosts = `${a.ip} a\n${b.ip} b\n`;
  return {
    sim,
    a: new Shell(sim, a.port({ hosts }), "debian"),
    b: new Shell(sim, b.port({ hosts }), "busybox"),
    pods: { a, b },
  };
}

describe("nc", () => {
  it("talks between two pods until one side ends", () => {
    const { a, b } = shells();
    const server = b.start("nc -l -p 9000 -v");
    expect(b.run("nc -l -p 9000")).toBe("nc: bind: Address already in use\n[1]");
    const client = a.start("nc -v b 9000");
    client.type("hello\n");
    server.type("good day\n");
    expect(client.text()).toBe("Connection to b (10.244.2.2) 9000 port [tcp/*] succeeded!\ngood day\n");
    server.end();
    expect([client.text(), server.text()]).toEqual([
      "Connection to b (10.244.2.2) 9000 port [tcp/*] succeeded!\ngood day\n[0]",
      "listening on [::]:9000 ...\nconnect to 10.244.2.2:9000 from 10.244.1.2:32768 (10.244.1.2:32768)\nhello\n[0]",
    ]);
  });

  it("keeps listening with -k and serves a program with -e", () => {
    const { a, b } = shells();
    b.start("nc -lk -p 8080 -e sh -c 'read line; echo got $line'");
    expect(a.run("echo one | nc b 8080; echo two | nc b 8080")).toBe("got one\ngot two\n[0]");
  });

  it("carries files in pieces through the window, and HTTP as text both ways", () => {
    const { a, b, pods } = shells();
    const sink = b.start("nc -l -p 9000 | wc -c");
    expect(a.run("seq 1 40000 | nc -N b 9000")).toBe("[0]");
    expect(sink.text()).toBe("228894\n[0]");
    b.start("printf 'HTTP/1.0 200 OK\\n\\nby hand\\n' | nc -l -p 80");
    expect(a.run("curl -s b")).toBe("by hand\n[0]");
    pods.b.namespace.bindHttp(8080, says("b"));
    expect(a.run("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc b 8080 | tail -1")).toBe("b to 10.244.1.2[0]");
  });

  it("tells whether ports are open, over TCP and UDP", () => {
    const { a, b, pods } = shells();
    pods.a.namespace.bindTcp(
      6379,
      lineServer(() => () => undefined),
    );
    pods.a.namespace.bindUdp(53, () => undefined);
    expect(b.run("nc -zv a 6379")).toBe("a (10.244.1.2:6379) open\n[0]");
    expect(b.run("nc -z a 6380")).toBe("[1]");
    expect(a.run("nc -zv a 6379-6380")).toBe(
      "Connection to a (10.244.1.2) 6379 port [tcp/redis] succeeded!\nnc: connect to a (10.244.1.2) port 6380 (tcp) failed: Connection refused\n[1]",
    );
    expect(a.run("nc -zvu 10.244.1.2 53")).toBe("Connection to 10.244.1.2 53 port [udp/domain] succeeded!\n[0]");
    expect(a.run("nc -zvu a 54")).toBe("nc: connect to a (10.244.1.2) port 54 (udp) failed: Connection refused\n[1]");
    expect(a.run("nc -w 1 -v 203.0.113.1 80")).toBe(
      "nc: connect to 203.0.113.1 port 80 (tcp) timed out: Operation now in progress\n[1]",
    );
  });

  it("speaks UDP with a listener", () => {
    const { a, b } = shells();
    const server = b.start("nc -u -l -p 5000");
    const client = a.start("nc -u b 5000");
    client.type("ping\n");
    server.type("pong\n");
    expect([server.text(), client.text()]).toEqual(["ping\n", "pong\n"]);
  });
});

describe("telnet", () => {
  it("shows what the port says, and who closed", () => {
    const { a, b, pods } = shells();
    pods.b.namespace.bindTcp(
      7,
      lineServer((connection) => (line) => (line === "quit" ? connection.close() : `${line}?\r\n`) ?? undefined),
    );
    const session = a.start("telnet b 7");
    session.type("hello\n");
    session.type("quit\n");
    expect(session.text()).toBe(
      "Trying 10.244.2.2...\nConnected to b.\nEscape character is '^]'.\nhello?\r\nConnection closed by foreign host.\n[1]",
    );
    expect(b.run("telnet a 7")).toBe("telnet: can't connect to remote host (10.244.1.2): Connection refused\n[1]");
  });
});

describe("socat", () => {
  it("joins a port with another one, for one client or for each that comes", () => {
    const { a, b } = shells();
    b.start("nc -lk -p 9000 -e sh -c 'read line; echo got $line'");
    const once = a.start("socat TCP-LISTEN:8080,reuseaddr tcp:b:9000");
    expect(a.run("echo one | nc a 8080")).toBe("got one\n[0]");
    expect(once.text()).toBe("[0]");
    a.start("socat tcp4-listen:8080,fork,bind=127.0.0.1 TCP4:b:9000");
    expect(a.run("for x in 1 2; do echo $x | socat - TCP:localhost:8080; done")).toBe("got 1\ngot 2\n[0]");
    expect(b.run("nc -z a 8080")).toBe("[1]");
    expect(a.run("ps -e | grep -c socat")).toBe("1\n[0]");
  });

  it("runs a program on each connection, and carries datagrams", () => {
    const { a, b } = shells();
    a.start("socat -d TCP-LISTEN:7,fork SYSTEM:'read x; echo you said $x'");
    expect(b.run("echo hi | socat STDIO TCP:a:7")).toBe("you said hi\n[0]");
    a.start("socat TCP-LISTEN:8,fork EXEC:cat");
    expect(b.run("printf abc | socat - TCP:a:8")).toBe("abc[0]");
    const heard = a.start("socat UDP-LISTEN:514 -");
    b.run("echo log | socat - UDP:a:514");
    expect(heard.text()).toBe("log\n");
  });

  it("says what it can't do", () => {
    const { sim, a } = shells();
    const say = (words: string): string => a.run(`socat ${words}`).replace(/^.*socat\[\d+\] /, "");
    expect(say("- TCP:b:1")).toBe("E connect(5, AF=2 10.244.2.2:1, 16): Connection refused\n[1]");
    const lost = a.start("socat - TCP:nobody:1");
    sim.runUntil(sim.now + 30_000);
    expect(lost.text()).toContain(
      'E getaddrinfo("nobody", "1", {0x02,2,1,6}, {}): Temporary failure in name resolution\n[1]',
    );
    expect(say("-")).toBe('E exactly 2 addresses required (there are 1); use option "-h" for help\n[1]');
    expect(say("- UNIX-CONNECT:/x")).toBe('E unknown device/address "UNIX-CONNECT"\n[1]');
    expect(say("- TCP:b:1,crlf")).toBe('E parseopts_table(): unknown option "crlf"\n[1]');
  });
});

describe("nmap and mtr", () => {
  it("tell which ports are open, and count the rest", () => {
    const { a, b, pods } = shells();
    pods.b.namespace.bindHttp(80, says("b"));
    const table = (...rows: string[]): string =>
      `Starting Nmap 7.97 ( https://nmap.org ) at 2026-01-01 00:00 +0000\nNmap scan report for b (10.244.2.2)\nHost is up (0.0011s latency).\n${rows.join("\n")}\n\nNmap done: 1 IP address (1 host up) scanned in `;
    const scan = (words: string): string => a.run(`nmap ${words}`).replace(/[\d.]+ seconds\n\[0\]$/, "");
    expect(scan("-p 81,80 b")).toBe(table("", "PORT   STATE  SERVICE", "80/tcp open   http", "81/tcp closed unknown"));
    expect(scan("-Pn -sT -p70-100 b")).toBe(
      table("Not shown: 30 closed tcp ports (conn-refused)", "", "PORT   STATE SERVICE", "80/tcp open  http"),
    );
    expect(a.run("nmap -p 80 10.244.2.9")).toContain("Note: Host seems down.");
    expect(b.run("nmap a")).toBe(
      "nmap: its own choice of a thousand ports is not simulated: name ports with -p\n[255]",
    );
    expect(b.run("nmap -p 9-1 a")).toMatch(/^nmap: Error #487: Your port specifications are illegal\./);
  });

  it("report on each router of the way", () => {
    const { a } = shells();
    expect(a.run("mtr -r -c 2 b | tail -n +2")).toBe(
      [
        "HOST: debian                      Loss%   Snt   Last   Avg  Best  Wrst StDev",
        "  1.|-- 10.244.1.1                 0.0%     2    1.1   1.1   1.1   1.1   0.0",
        "  2.|-- 192.168.49.4               0.0%     2    1.1   1.1   1.1   1.1   0.0",
        "  3.|-- 10.244.2.2                 0.0%     2    1.1   1.1   1.1   1.1   0.0",
        "[0]",
      ].join("\n"),
    );
    expect(a.run("mtr b")).toBe("mtr: the screen that goes on is not simulated: ask for a report with -r\n[1]");
  });
});
