/** What a container finds around it, and how that changes while it runs. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const pod = (name: string, container: object, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image: "busybox", ...container }], terminationGracePeriodSeconds: 0, ...spec },
});

it("names, addresses, ids and variables are those that its pod asks for", () => {
  const script = `id; tail -n 4 /etc/hosts; cat /etc/resolv.conf; hostname -f; echo x > /file; echo $GREETING $ESCAPED; env | grep WEB_SERVICE; sleep infinity`;
  laptop.kubectl("create service clusterip web --tcp=80 --clusterip=10.96.7.7");
  const container = {
    command: ["sh", "-c", script],
    securityContext: { readOnlyRootFilesystem: true, runAsUser: 1000, runAsGroup: 2000 },
    env: [
      { name: "WHO", value: "you" },
      { name: "GREETING", value: "hi $(WHO) $(NOBODY)" },
      { name: "ESCAPED", value: "$$(WHO)" },
    ],
  };
  laptop.apply(
    pod("asks", container, {
      hostAliases: [{ ip: "10.1.2.3", hostnames: ["a.local", "b.local"] }],
      hostname: "h",
      subdomain: "sub",
      dnsPolicy: "None",
      dnsConfig: { nameservers: ["1.2.3.4"], searches: ["x.y"], options: [{ name: "ndots", value: "2" }] },
      securityContext: { fsGroup: 3000, supplementalGroups: [4000] },
    }),
  );
  laptop.wait(10);
  expect(laptop.kubectl("logs asks").split("\n")).toEqual([
    "uid=1000 gid=2000 groups=2000,3000,4000",
    `${laptop.field("pod asks", ".status.podIP")}\th.sub.default.svc.cluster.local\th`,
    "",
    "# Entries added by HostAliases.",
    "10.1.2.3\ta.local\tb.local",
    "search x.y",
    "nameserver 1.2.3.4",
    "options ndots:2",
    "h.sub.default.svc.cluster.local",
    "sh: can't create /file: Read-only file system",
    "hi you $(NOBODY) $(WHO)",
    "WEB_SERVICE_HOST=10.96.7.7",
    "WEB_SERVICE_PORT=80",
    "WEB_SERVICE_PORT_80=80",
  ]);
});

it("more CPU comes while it runs, and is told of", () => {
  const sizes = (request: string, limit: string): object => ({
    resources: { requests: { cpu: request }, limits: { cpu: limit } },
  });
  laptop.apply(pod("grows", { command: ["sleep", "infinity"], ...sizes("100m", "200m") }));
  laptop.wait(10);
  expect(test.exec("grows", "cat /sys/fs/cgroup/cpu.max")).toBe("20000 100000\n");
  const patch = JSON.stringify({ spec: { containers: [{ name: "main", ...sizes("300m", "400m") }] } });
  laptop.kubectl(`patch pod grows --subresource resize -p '${patch}'`);
  laptop.wait(5);
  expect(test.exec("grows", "cat /sys/fs/cgroup/cpu.max")).toBe("40000 100000\n");
  const now = `{"containers":[{"name":"main","resources":{"limits":{"cpu":"400m"},"requests":{"cpu":"300m"}}}],"generation":2}`;
  expect(laptop.events("grows").slice(-2)).toEqual([
    `Normal ResizeStarted Pod resize started: ${now}`,
    `Normal ResizeCompleted Pod resize completed: ${now}`,
  ]);
  expect(laptop.field("pod grows", ".status.containerStatuses[0].restartCount")).toBe("0");
});

it("a digest names one image; another one is not found", () => {
  const id = laptop.field("pod grows", ".status.containerStatuses[0].imageID").replace("docker.io/library/", "");
  const zeros = `busybox@sha256:${"0".repeat(64)}`;
  laptop.apply(
    pod("exact", { image: id, command: ["sleep", "infinity"] }),
    pod("inexact", { image: zeros, command: ["sleep", "infinity"] }),
  );
  laptop.wait(10);
  const last = (name: string): string | undefined => laptop.events(name).at(-1);
  expect([last("exact"), last("inexact")]).toEqual([
    "Normal Started Container started",
    "Warning Failed Error: ImagePullBackOff",
  ]);
  expect(laptop.events("inexact")[2]).toBe(
    `Warning Failed Failed to pull image "${zeros}": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/${zeros}": failed to resolve reference "docker.io/library/${zeros}": docker.io/library/${zeros}: not found`,
  );
});

it("a sidecar starts before the others and ends after them", () => {
  const say = (name: string): object => ({
    name,
    image: "busybox",
    command: [
      "sh",
      "-c",
      `trap "echo ${name} ends >> /log/all; exit 0" TERM; echo ${name} starts >> /log/all; while true; do sleep 1; done`,
    ],
    volumeMounts: [{ name: "log", mountPath: "/log" }],
  });
  const volumes = [{ name: "log", hostPath: { path: "/var/tmp/order", type: "DirectoryOrCreate" } }];
  const order = { nodeName: "worker-1", volumes, terminationGracePeriodSeconds: 10 };
  laptop.apply(
    pod(
      "pair",
      {},
      { ...order, initContainers: [{ ...say("helper"), restartPolicy: "Always" }], containers: [say("main")] },
    ),
  );
  laptop.wait(10);
  expect(laptop.kubectl("get pod pair --no-headers")).toMatch(/^pair +2\/2 +Running +0 /);
  laptop.kubectl("delete pod pair --wait=false");
  laptop.wait(15);
  laptop.apply(
    pod(
      "reads",
      { command: ["cat", "/log/all"], volumeMounts: [{ name: "log", mountPath: "/log" }] },
      { ...order, restartPolicy: "Never" },
    ),
  );
  laptop.wait(10);
  expect(laptop.kubectl("logs reads").split("\n")).toEqual([
    "helper starts",
    "main starts",
    "main ends",
    "helper ends",
  ]);
});

it("capabilities are those that are left, and the class is what the requests say", () => {
  laptop.apply(
    pod("bare", {
      command: ["sleep", "infinity"],
      securityContext: { capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } },
    }),
    pod("sized", { command: ["sleep", "infinity"], resources: { limits: { cpu: "100m", memory: "32Mi" } } }),
    pod("timed", { command: ["sleep", "infinity"], securityContext: { capabilities: { add: ["SYS_TIME"] } } }),
  );
  laptop.wait(10);
  expect(test.exec("bare", "grep CapEff /proc/1/status")).toBe("CapEff:\t0000000000001000\n");
  expect(["sized", "timed"].map((name) => test.exec(name, "date -s '19 APR 2012 11:14:00'"))).toEqual([
    "date: can't set date: Operation not permitted\nThu Apr 19 11:14:00 UTC 2012\n[1]",
    "date: setting the clock is not simulated: all machines have the simulation's\nThu Apr 19 11:14:00 UTC 2012\n[1]",
  ]);
  expect(laptop.field("pods bare grows sized", ".items[*].status.qosClass")).toBe("BestEffort Burstable Guaranteed");
});

it("HOME is where the container's user is at home, and TERM stands on a terminal", () => {
  const sleeps = { command: ["sleep", "infinity"] };
  laptop.apply(pod("root", sleeps));
  laptop.apply(pod("nobody", { ...sleeps, securityContext: { runAsUser: 4321 } }));
  laptop.apply(pod("told", { ...sleeps, env: [{ name: "HOME", value: "/data" }] }));
  laptop.apply(pod("typed", { command: ["sh", "-c", "echo $TERM; sleep infinity"], tty: true }));
  laptop.wait(10);
  const home = (name: string): string => laptop.kubectl(`exec ${name} -- sh -c 'echo $HOME'`);
  expect(["root", "nobody", "told"].map(home)).toEqual(["/root", "/", "/data"]);
  expect(laptop.kubectl("exec root -- env").split("\n").at(-1)).toBe("HOME=/root");
  expect(laptop.kubectl("exec root -- printenv TERM")).toBe("command terminated with exit code 1");
  expect(laptop.kubectl("logs typed")).toBe("xterm");
});
