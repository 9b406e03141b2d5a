import { beforeAll, describe, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const REFUSED = "Connection refused";
const UNCONNECTED = "Failed to connect to localhost port 80 after 0 ms: Could not connect to server";

describe("localhost", () => {
  let typist: Typist;
  beforeAll(async () => {
    typist = await Typist.start({ preset: "minikube" });
    await typist.type("kubectl run web --image=nginx");
    await typist.type("kubectl run old --image=busybox -- sleep infinity");
    await typist.type("kubectl run net --image=nicolaka/netshoot -- sleep infinity");
    await typist.type("kubectl wait --for=condition=Ready pod --all");
  });
  const refused = (address: string, shown: string): string =>
    `*   Trying ${shown}:80...\n* connect to ${address} port 80 failed: ${REFUSED}`;

  it("is ::1 before it is 127.0.0.1: curl tells of each that refuses, and takes the next", async () => {
    expect(await typist.type("curl -v http://localhost")).toBe(`* Host localhost:80 was resolved.
* IPv6: ::1
* IPv4: 127.0.0.1
${refused("::1", "[::1]")}
${refused("127.0.0.1", "127.0.0.1")}
* ${UNCONNECTED}
* closing connection #0
curl: (7) ${UNCONNECTED}`);
    expect(await typist.type("curl -6 http://localhost")).toBe(`curl: (7) ${UNCONNECTED}`);
    const inside = await typist.type("kubectl exec web -- curl -sv -o /dev/null http://localhost 2>&1 | head -5");
    expect(inside).toBe(`* Host localhost:80 was resolved.
* IPv6: ::1
* IPv4: 127.0.0.1
*   Trying [::1]:80...
* Connected to localhost (::1) port 80`);
    expect(await typist.type("kubectl logs web --tail=1")).toMatch(/^::1 - - /);
  });

  it("is what -4 and -6 of wget and nc say; busybox' tools take IPv4", async () => {
    const inside = async (line: string): Promise<string> =>
      (await typist.type(`kubectl exec ${line} 2>&1 | grep -v -e ^--2026 -e ^command`)) ?? "";
    const [six, four] = ["::1", "127.0.0.1"].map(
      (address) => `Connecting to localhost (localhost)|${address}|:80... failed: ${REFUSED}.`,
    );
    expect(await inside("net -- wget http://localhost")).toBe(
      `Resolving localhost (localhost)... ::1, 127.0.0.1\n${six}\n${four}`,
    );
    expect(await inside("net -- wget -6 http://localhost")).toBe(`Resolving localhost (localhost)... ::1\n${six}`);
    expect(await inside("net -- nc -zv localhost 80"))
      .toBe(`nc: connect to localhost (::1) port 80 (tcp) failed: ${REFUSED}
nc: connect to localhost (127.0.0.1) port 80 (tcp) failed: ${REFUSED}`);
    expect(await inside("net -- nc -4zv localhost 80")).toBe(
      `nc: connect to localhost (127.0.0.1) port 80 (tcp) failed: ${REFUSED}`,
    );
    expect(await inside("net -- nc -6zv 127.0.0.1 80")).toBe(
      'nc: getaddrinfo for host "127.0.0.1" port 80: Address family for hostname not supported',
    );
    expect(await inside("old -- wget -qO- http://[::1]")).toBe(`wget: can't connect to remote host: ${REFUSED}`);
    expect(await inside("old -- wget -qO- http://localhost")).toBe(
      `wget: can't connect to remote host (127.0.0.1): ${REFUSED}`,
    );
    expect(await inside("old -- nc -6 localhost 80")).toMatch(/^nc: invalid option -- '6'\n/);
  });

  it("is told by curl and wget when who answers there says nothing, or nothing that is HTTP", async () => {
    await typist.type("kubectl run cache --image=redis --port=6379 --expose");
    await typist.type(
      "kubectl run mute --image=busybox --port=7000 --expose -- sh -c 'while true; do nc -l -p 7000 -e true; done'",
    );
    await typist.type("kubectl wait --for=condition=Ready pod --all; sleep 3");
    const said = async (line: string): Promise<string> =>
      (await typist.type(`kubectl exec ${line} 2>&1 | grep -v ^command`)).trim();
    expect(await said("net -- curl -sS cache:6379")).toBe("curl: (1) Received HTTP/0.9 when not allowed");
    expect(await said("net -- curl -sS mute:7000")).toBe("curl: (52) Empty reply from server");
    // By hand: whether a port is open, and a conversation.
    expect(await said("net -- curl -v telnet://cache:6379")).toMatch(
      /^\* Host cache:6379 was resolved\.\n(.*\n)*\* Connected to cache \(10\.\S+\) port 6379\n\* shutting down connection #0$/,
    );
    expect(await said("net -- curl -sS telnet://localhost:81")).toBe(
      "curl: (7) Failed to connect to localhost port 81 after 0 ms: Could not connect to server",
    );
    expect(await said("net -- curl -sSm 2 telnet://cache:80")).toBe(
      "curl: (28) Connection timed out after 2000 milliseconds",
    );
    expect(await said("net -- sh -c '(echo PING; sleep 1) | curl -s telnet://cache:6379'")).toBe("+PONG");
    expect(await said("old -- wget -qO- mute:7000")).toBe("wget: error getting response");
    expect(await said("net -- wget -t1 mute:7000")).toMatch(
      /connected\.\nHTTP request sent, awaiting response\.\.\. No data received\.\nGiving up\.$/,
    );
  });

  it("answers pings of the laptop, as nodes do; where no way leads it says so", async () => {
    expect(await typist.type("ping -c1 localhost | grep from")).toBe(
      "64 bytes from ::1: icmp_seq=1 ttl=64 time=0.050 ms",
    );
    expect(await typist.type("ping -c1 minikube | grep received")).toBe(
      "1 packets transmitted, 1 received, 0% packet loss, time 1ms",
    );
    expect(await typist.type("ping -c1 2001:db8::1")).toBe("ping: connect: Network is unreachable");
    expect(await typist.type("getent hosts localhost; getent ahosts localhost | grep STREAM")).toBe(
      "::1             localhost ip6-localhost ip6-loopback\n::1             STREAM localhost\n127.0.0.1       STREAM ",
    );
  });
});
