/** What people find in /proc: of their container, of its neighbours, and on a node. */
import { expect, it } from "vitest";
import { ssh } from "../../engine/cluster/testing/ssh.ts";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const pod = (name: string, spec: object): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { terminationGracePeriodSeconds: 0, ...spec },
});
const exec = (command: string): string => laptop.kubectl(`exec ${command}`);

it("a container that shares processes finds its neighbour's files below /proc, and writes to its output", () => {
  const securityContext = { capabilities: { add: ["SYS_PTRACE"] } };
  const shell = { name: "shell", image: "busybox:1.28", command: ["sleep", "3600"], securityContext };
  laptop.apply(pod("shared", { shareProcessNamespace: true, containers: [{ name: "nginx", image: "nginx" }, shell] }));
  laptop.wait(10);
  const inShell = (script: string): string => exec(`shared -c shell -- sh -c '${script}'`);
  expect(inShell("head -n 3 /proc/7/root/etc/nginx/nginx.conf")).toBe("\nuser  nginx;\nworker_processes  auto;");
  expect(inShell("readlink /proc/7/exe /proc/7/cwd; cat /proc/7/comm /proc/1/comm")).toBe(
    "/usr/sbin/nginx\n/\nnginx\npause",
  );
  inShell("echo note > /proc/7/root/tmp/note; echo from a neighbour > /proc/7/fd/1");
  expect(exec("shared -c nginx -- cat /tmp/note")).toBe("note");
  expect(laptop.kubectl("logs shared -c nginx --tail=1")).toBe("from a neighbour");
  // The other way about it isn't allowed: the shell may do more than nginx' container.
  expect(exec("shared -c nginx -- cat /proc/13/environ")).toContain("cat: /proc/13/environ: Permission denied");
});

it("a debug container sees its target's root", () => {
  laptop.apply(
    pod("target", { containers: [{ name: "web", image: "nginx", env: [{ name: "KEY", value: "s3cret" }] }] }),
  );
  laptop.wait(10);
  laptop.kubectl(
    "debug target --image=busybox -c dbg --target=web -- sh -c 'ls /proc/1/root/etc/nginx/conf.d; sleep 99'",
  );
  laptop.wait(5);
  expect(laptop.kubectl("logs target -c dbg")).toBe("default.conf");
});

it("who a process is, and where: ids, its quality of service, namespaces of its own", () => {
  const script =
    "grep -E '^(Name|Pid|Uid|Groups|CapEff|CapBnd|Seccomp)' /proc/self/status; cat /proc/self/oom_score_adj; echo out > /proc/1/fd/1; readlink /proc/self/ns/pid /proc/1/ns/pid | uniq | wc -l";
  const resources = { requests: { memory: "1Gi" } };
  const container = { name: "main", image: "busybox", command: ["sleep", "3600"], resources };
  laptop.apply(
    pod("who", { securityContext: { runAsUser: 1000, supplementalGroups: [4000] }, containers: [container] }),
  );
  laptop.wait(10);
  expect(exec(`who -- sh -c "${script}"`).split("\n")).toEqual([
    "Name:\tgrep",
    expect.stringMatching(/^Pid:\t\d+$/),
    "Uid:\t1000\t1000\t1000\t1000",
    "Groups:\t0 4000 ",
    "CapEff:\t0000000000000000",
    "CapBnd:\t00000000a80425fb",
    "Seccomp:\t0",
    "Seccomp_filters:\t0",
    "875",
    "1",
  ]);
  expect(laptop.kubectl("logs who")).toBe("out");
});

it("hostUsers: false gives a pod users of its own", () => {
  const container = { name: "main", image: "busybox", command: ["sleep", "3600"] };
  laptop.apply(pod("users", { hostUsers: false, containers: [container] }));
  laptop.apply(pod("hosts", { containers: [container] }));
  laptop.wait(10);
  expect(exec("hosts -- readlink /proc/self/ns/user")).toBe("user:[4026531837]");
  expect(exec("users -- readlink /proc/self/ns/user")).not.toBe("user:[4026531837]");
  expect(exec("hosts -- cat /proc/self/uid_map")).toBe("         0          0 4294967295");
  expect(exec("users -- cat /proc/self/uid_map")).toMatch(/^ {9}0 +[1-9]\d+ {6}65536$/);
});

it("a node's root finds a container by its process, and the program of a daemon; others may not look", () => {
  const [node, uid] = [laptop.field("pod target", ".spec.nodeName"), laptop.field("pod target", ".metadata.uid")];
  const on = (command: string): string => ssh(laptop.test, node, command);
  const [web] = on("pgrep nginx | tail -n 1").split("\n");
  expect(on(`sudo cat /proc/${web}/environ`)).toContain("KEY=s3cret\0");
  expect(on(`cat /proc/${web}/cgroup`)).toMatch(
    new RegExp(
      `^0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid.replaceAll("-", "_")}.slice/cri-containerd-[0-9a-f]{64}.scope\n$`,
    ),
  );
  expect(on("sudo readlink /proc/812/exe")).toBe("/usr/bin/kubelet\n");
  expect(on("cat /proc/812/environ")).toContain("Permission denied");
});
