/** agnhost as Kubernetes' own tests of networks use it: who answers over what, and why a connection isn't made. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const image = "registry.k8s.io/e2e-test-images/agnhost:2.53";
const pod = (name: string, ...containers: object[]): object => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } } },
  spec: { containers: containers.map((each, at) => ({ name: `c${at}`, image, ...each })) },
});
laptop.apply(
  pod("server", { args: ["netexec"] }),
  pod(
    "names",
    { args: ["serve-hostname", "--tcp", "--http=false", "--port", "80"] },
    { args: ["serve-hostname", "--udp", "--http=false", "--port=81"] },
    { args: ["porter"], env: [{ name: "SERVE_PORT_82", value: "foo" }] },
  ),
  pod("client", {}),
  {
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "server" } },
    spec: {
      selector: { app: "server" },
      ports: [
        { name: "http", port: 80, targetPort: 8080 },
        { name: "udp", port: 90, targetPort: 8081, protocol: "UDP" },
      ],
    },
  },
);
laptop.kubectl("wait pod --all --for=condition=Ready");
laptop.test.run(3000);

const agnhost = (words: string): [string, number] => {
  const { stdout, stderr, code } = laptop.run(`kubectl exec client -- /agnhost ${words}`);
  return [`${stdout}${stderr.replace(/command terminated.*\n/, "")}`, code];
};
const inside = (line: string): string => laptop.run(`kubectl exec client -- sh -c "${line}"`).stdout;
const ip = (name: string): string => laptop.field(`pod ${name}`, ".status.podIP");

it("connect says in its first word why there is no connection, over TCP and UDP", () => {
  expect(agnhost("connect server:80 --timeout=3s")).toEqual(["", 0]);
  expect(agnhost("connect server:81 --timeout=3s")).toEqual(["TIMEOUT\n", 1]);
  expect(agnhost(`connect ${ip("server")}:81`)).toEqual(["REFUSED\n", 1]);
  expect(agnhost("connect nobody:80")).toEqual(["DNS: lookup nobody: no such host\n", 1]);
  expect(agnhost("connect nobody")).toEqual(["UNKNOWN: address nobody: missing port in address\n", 1]);
  expect(agnhost("connect server:90 --protocol=udp --timeout=3s")).toEqual(["", 0]);
  expect(agnhost("connect server:91 --protocol=udp --timeout=3s")[0]).toMatch(
    /^TIMEOUT: read udp \S+->\S+:91: i\/o timeout\n$/,
  );
});

it("netexec answers datagrams, and asks others by /dial", () => {
  expect(inside("echo -n hostname | nc -u -w 1 server 90")).toBe("server");
  expect(inside("echo -n echo hi | nc -u -w 1 server 90")).toBe("hi");
  const dial = (query: string): string => inside(`wget -qO- '${ip("server")}:8080/dial?host=server&${query}'`);
  expect(dial("port=80&request=hostname&tries=2")).toBe('{"responses":["server","server"]}');
  expect(dial("port=90&protocol=udp&request=hostname")).toBe('{"responses":["server"]}');
  expect(dial("port=81&request=hostname")).toBe(
    String.raw`{"errors":["Get \"http://server:81/hostname\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"]}`,
  );
  expect(inside(`wget -qO- ${ip("server")}:8080/redirect?location=/hostname`)).toBe("server");
});

it("serves its name over TCP and UDP, and what variables say at their ports", () => {
  const names = ip("names");
  expect([inside(`nc -w 1 ${names} 80`), inside(`echo x | nc -u -w 1 ${names} 81`)]).toEqual(["names\n", "names\n"]);
  expect(inside(`wget -qO- ${names}:82`)).toBe("foo");
});

it("tells what its pod resolves names with", () => {
  expect(agnhost("dns-suffix")[0]).toBe("default.svc.cluster.local,svc.cluster.local,cluster.local\n");
  expect(agnhost("dns-server-list")[0]).toBe("10.96.0.10\n");
  expect(agnhost("etc-hosts")[0]).toContain("# Kubernetes-managed hosts file.\n");
  expect(agnhost("entrypoint-tester a b")[0]).toBe('["/agnhost" "entrypoint-tester" "a" "b"]\n');
  expect(agnhost("nonsense")).toEqual(['Error: unknown command "nonsense" for "app"\n', 1]);
});
