/** Which program has a socket: ss, netstat, lsof and fuser on nodes, in containers and beside them. */
import { expect, it } from "vitest";
import { ssh } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const on = (node: string, line: string, ms?: number): string => ssh(test, node, line, ms);
const inside = (name: string, script: string): string =>
  laptop.run(`kubectl exec ${name} -- sh -c 'exec 2>&1; ${script}'`).stdout;
const spec = (more: object, ...images: string[]): object => ({
  ...{ ...more, terminationGracePeriodSeconds: 0 },
  containers: images.map((image, at) => ({
    ...{ name: `c${at}`, image },
    ...(/busybox|debian/.test(image) && { command: ["sleep", "infinity"] }),
  })),
});
const pod = (name: string, how: object): object => ({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec: how });

laptop.apply(
  pod("shared", spec({ shareProcessNamespace: true }, "nginx", "busybox")),
  pod("alone", spec({}, "debian")),
  pod("watcher", spec({ nodeName: "control-plane", hostNetwork: true, hostPID: true }, "busybox")),
);
laptop.kubectl("wait pod --all --for=condition=Ready");

/** What runs on a node, by the name that the kernel has. */
function pidsOn(node: string): (name: string) => string {
  const rows = on(node, "ps -eo pid,comm").trim().split("\n");
  const pids = new Map(rows.map((row) => row.trim().split(/ +/).toReversed() as [string, string]));
  return (name) => pids.get(name) ?? "?";
}

it("root on a control-plane node sees which component listens on which port and address, under the numbers of ps", () => {
  const pid = pidsOn("control-plane");
  const rows = on("control-plane", "sudo netstat -nplt").trim().split("\n").slice(2);
  expect(rows.map((row) => [row.slice(20, 43).trim(), row.slice(80).trim()])).toEqual([
    [":::22", "655/sshd: /usr/sbin"],
    ["127.0.0.1:2379", `${pid("etcd")}/etcd`],
    ["172.18.0.2:2379", `${pid("etcd")}/etcd`],
    ["172.18.0.2:2380", `${pid("etcd")}/etcd`],
    ["127.0.0.1:2381", `${pid("etcd")}/etcd`],
    [":::6443", `${pid("kube-apiserver")}/kube-apiserver`],
    ["127.0.0.1:10248", `${pid("kubelet")}/kubelet`],
    ["127.0.0.1:10249", `${pid("kube-proxy")}/kube-proxy`],
    [":::10250", `${pid("kubelet")}/kubelet`],
    [":::10256", `${pid("kube-proxy")}/kube-proxy`],
    ["127.0.0.1:10257", `${pid("kube-controller")}/kube-controlle`],
    ["127.0.0.1:10259", `${pid("kube-scheduler")}/kube-scheduler`],
    ["127.0.0.1:44749", `${pid("containerd")}/containerd`],
  ]);
  const scheduler = pid("kube-scheduler");
  expect(on("control-plane", "sudo ss -tlnp | grep 10259; sudo lsof -nP -iTCP:10259 -sTCP:LISTEN")).toBe(
    [
      `LISTEN 0      4096       127.0.0.1:10259      0.0.0.0:*    users:(("kube-scheduler",pid=${scheduler},fd=3)) `,
      "COMMAND    PID USER   FD   TYPE DEVICE SIZE/OFF NODE NAME",
      `kube-sche ${scheduler} root    3u  IPv4  21314      0t0  TCP 127.0.0.1:10259 (LISTEN)`,
      "",
    ].join("\n"),
  );
  expect(on("control-plane", "sudo fuser 10259/tcp 2>/dev/null; echo; sudo lsof -t -i :10259")).toBe(
    `  ${scheduler}\n${scheduler}\n`,
  );
  expect(on("control-plane", "sudo fuser -v -n tcp 10257 2>&1 | tail -n 2")).toContain(
    `10257/tcp:           root       ${pid("kube-controller")} F.... kube-controller\n`,
  );
});

it("without root nobody sees the programs of others, but one's own", () => {
  expect(on("worker-1", "netstat -nplt 2>&1 | grep -v containerd | tail -n 3; lsof -i; fuser 10250/tcp; echo $?")).toBe(
    [
      "tcp6       0      0 :::10250                :::*                    LISTEN      -                   ",
      "tcp6       0      0 :::10256                :::*                    LISTEN      -                   ",
      "tcp        0      0 127.0.0.1:44596         0.0.0.0:*               LISTEN      -                   ",
      "1",
      "",
    ].join("\n"),
  );
  expect(on("worker-1", "netstat -nplt 2>&1 >/dev/null")).toBe(
    "(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n",
  );
  const own = on(
    "worker-1",
    "sh -c 'nc -lk 9999 & sleep 1; ss -Hltnp | grep users; sudo fuser -k 9999/tcp; wait'",
    3000,
  );
  expect(own).toMatch(/users:\(\("nc",pid=(\d+),fd=3\)\)\s*\n9999\/tcp: {11} {2}\d+\n/);
  expect(on("worker-1", "sudo ss -ltnp | grep -c 9999")).toBe("0\n");
});

it("a container sees the programs of its own namespace; another user's processes only with SYS_PTRACE", () => {
  expect(
    inside(
      "alone",
      "apt-get update -qq; apt-get install -qq net-tools >/dev/null; nc -lk 8080 & sleep 1; netstat -plnt",
    ),
  ).toMatch(/LISTEN {6}\d+\/nc +\n$/);
  const beside = (lines: string): string =>
    laptop.run(`kubectl exec shared -c c1 -- sh -c 'exec 2>&1; ${lines}'`).stdout;
  // busybox' root is nginx' master's user, and no worker's.
  expect(beside("netstat -plnt; fuser 80/tcp; pidof nginx")).toMatch(
    /^netstat: showing only processes with your user ID\nActive .*\nProto .*PID\/Program name {4}\ntcp .* :::80 .*LISTEN {6}(\d+)\/nginx: master pro\n\1 \n/,
  );
  // The node's network and processes: into those that may do more than it one does not look.
  expect(laptop.run("kubectl exec watcher -- netstat -plnt").stdout).toMatch(
    /:::6443 .* LISTEN {6}\d+\/kube-apiserver\n.*10248(.*\n)*.*:::10250 .* LISTEN {6}-\n/,
  );
  laptop.kubectl("debug node/worker-1 --image=nicolaka/netshoot --profile=sysadmin -- sleep 600");
  test.run(60_000);
  const name = /^pod\/node-debugger.*$/m.exec(laptop.kubectl("get pods -o name"))?.[0] ?? "";
  expect(
    laptop.run(`kubectl exec ${name} -- sh -c "chroot /host ss -tlnp | grep 10250; ss -tlnp | grep 10256"`).stdout,
  ).toMatch(/users:\(\("kubelet",pid=812,fd=3\)\).*\n.*users:\(\("kube-proxy",pid=\d+,fd=3\)\)/);
});

it("what is no socket is refused", () => {
  const on1 = (line: string): string => on("worker-1", `sudo sh -c '${line}' 2>&1`);
  expect(on1("lsof; lsof /etc/passwd; lsof -p 1; lsof -i -p 1; lsof -i :nowhere; lsof -i -d 3")).toBe(
    [
      "lsof: only sockets are simulated: -i lists them",
      "lsof: only sockets are simulated: no file /etc/passwd",
      "lsof: only sockets are simulated: -i lists them",
      "lsof: files other than sockets are not simulated: -a narrows -i down by -p, -c and -u",
      "lsof: unknown service nowhere in: -i :nowhere",
      "lsof: option -d is not simulated",
      "usage: lsof -i [46][protocol][@address][:ports] [-nPt] [-a [-p pids] [-c command] [-u user]] [-s protocol:state]",
      "",
    ].join("\n"),
  );
  expect(on1("fuser; fuser /etc/passwd; fuser -m /; fuser 1/tcp; echo $?")).toBe(
    [
      "fuser: No process specification given",
      "fuser: which processes have a file open is not simulated: /etc/passwd",
      "fuser: option -m is not simulated",
      "1",
      "",
    ].join("\n"),
  );
});

it("etcd listens where its flags say: an address that the node has not, or a name, ends it", () => {
  expect(on("control-plane", "curl -sk https://172.18.0.2:2380/members; echo $?; nc -zv 172.18.0.2 2381")).toBe(
    "56\nnc: connect to 172.18.0.2 port 2381 (tcp) failed: Connection refused\n",
  );
  const etcd = (url: string): object => ({
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "etcd" } },
    spec: {
      restartPolicy: "Never",
      containers: [
        {
          ...{ name: "etcd", image: "quay.io/coreos/etcd:v3.6.6" },
          command: ["etcd", `--listen-client-urls=${url}`, "--advertise-client-urls=http://127.0.0.1:2379"],
        },
      ],
    },
  });
  const said = (url: string): string => {
    laptop.apply(etcd(url));
    test.run(60_000);
    const log = laptop.run("kubectl logs etcd").stdout;
    laptop.kubectl("delete pod etcd --now");
    return /"error":"([^"]*)"/.exec(log)?.[1] ?? log;
  };
  expect(said("http://10.9.9.9:2379")).toBe("listen tcp 10.9.9.9:2379: bind: cannot assign requested address");
  expect(said("http://db.example:2379")).toBe("expected IP in URL for binding (http://db.example:2379)");
});
