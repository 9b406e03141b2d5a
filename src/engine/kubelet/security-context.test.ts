import { describe, expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { MemoryFileSystem } from "../runtime/memory-file-system.ts";
import { TestNode } from "./testing/test-node.ts";

setDeepFreeze(true);

const idle = { name: "app", image: "busybox:1.36", command: ["sleep", "3600"] };

describe("a security context", () => {
  it("makes the processes another user, whom permissions bind", () => {
    const node = new TestNode();
    node.bind("demo", {
      securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] },
      volumes: [{ name: "data", emptyDir: {} }],
      containers: [
        {
          ...idle,
          volumeMounts: [{ name: "data", mountPath: "/data" }],
          securityContext: { allowPrivilegeEscalation: false },
        },
      ],
    });
    node.sim.runUntilIdle(60_000);
    expect(node.exec("demo", "id; id -u; id -g; whoami")).toBe(
      "uid=1000 gid=3000 groups=2000,3000,4000\n1000\n3000\nwhoami: unknown uid 1000\n",
    );
    expect(node.exec("demo", "touch /data/mine && ls -ln /data && touch /etc/mine; rm /etc/passwd")).toBe(
      "total 0\n-rw-r--r-- 1 1000 2000 0 Jan  1 00:00 mine\n" +
        "touch: /etc/mine: Permission denied\nrm: can't remove '/etc/passwd': Permission denied\n",
    );
    expect(node.exec("demo", "echo x > /tmp/mine; chmod 600 /tmp/mine; cat /tmp/mine; chmod 777 /etc")).toBe(
      "x\nchmod: /etc: Operation not permitted\n",
    );
    const status = node.exec("demo", "cat /proc/1/status");
    const line = (name: string): string => new RegExp(`^${name}:\t(.*)$`, "m").exec(status)?.[1] ?? "";
    expect(["Name", "Uid", "Gid", "Groups", "NoNewPrivs", "CapEff", "CapBnd", "Seccomp"].map(line)).toEqual([
      "sleep",
      "1000\t1000\t1000\t1000",
      "3000\t3000\t3000\t3000",
      "2000 3000 4000 ",
      "1",
      "0000000000000000",
      "00000000a80425fb",
      "0",
    ]);
  });

  it("keeps root as it is without one, and changes what root may do", () => {
    const node = new TestNode();
    const withCaps = (name: string, securityContext: object) =>
      node.bind(name, { containers: [{ ...idle, securityContext }] });
    node.bind("plain", { containers: [idle] });
    withCaps("more", { capabilities: { add: ["NET_ADMIN", "SYS_TIME"] } });
    withCaps("less", { capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } });
    withCaps("all", { privileged: true });
    node.sim.runUntilIdle(60_000);
    expect(node.exec("plain", "id")).toBe("uid=0(root) gid=0(root) groups=0(root)\n");
    const caps = (name: string): string => node.exec(name, "grep CapEff /proc/1/status").slice(8, -1);
    expect(["plain", "more", "less", "all"].map(caps)).toEqual([
      "00000000a80425fb",
      "00000000aa0435fb",
      "0000000000000400",
      "000001ffffffffff",
    ]);
  });

  it("waits for a profile of seccomp to come to the node, and for one of AppArmor in vain", () => {
    const node = new TestNode();
    const local = (localhostProfile: string) => ({ type: "Localhost", localhostProfile });
    node.bind("audited", { containers: [idle], securityContext: { seccompProfile: local("profiles/audit.json") } });
    node.bind("denied", {
      containers: [{ ...idle, securityContext: { appArmorProfile: local("deny-write") } }],
    });
    node.sim.runUntilIdle(60_000);
    const waiting = (name: string) => node.pod(name).status.containerStatuses?.[0]?.state?.waiting;
    const path = "/var/lib/kubelet/seccomp/profiles/audit.json";
    expect([waiting("audited"), waiting("denied")]).toEqual([
      {
        reason: "CreateContainerError",
        message: `failed to create containerd container: cannot load seccomp profile "${path}": open ${path}: no such file or directory`,
      },
      {
        reason: "CreateContainerError",
        message:
          "failed to get container spec opts: failed to generate apparmor spec opts: apparmor profile not found deny-write",
      },
    ]);
    node.kubelet.disk.mkdir("/var/lib/kubelet/seccomp/profiles", { recursive: true });
    node.kubelet.disk.writeFile(path, '{ "defaultAction": "SCMP_ACT_LOG" }');
    node.sim.runUntil(node.sim.now + 120_000);
    expect(node.exec("audited", "echo well")).toBe("well\n");
  });

  it("makes the root file system read-only, volumes and the termination message aside", () => {
    const node = new TestNode();
    node.bind("fixed", {
      volumes: [{ name: "tmp", emptyDir: {} }],
      containers: [
        {
          ...idle,
          command: ["sh", "-c", "touch /x; touch /tmp/x && echo bye > /dev/termination-log; exit 3"],
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          securityContext: { readOnlyRootFilesystem: true },
        },
      ],
      restartPolicy: "Never",
    });
    node.sim.runUntilIdle(60_000);
    const container = node.kubelet.worker("default", "fixed")?.slots[0]?.current;
    expect(container?.log.tail(10, 1000)).toBe("touch: /x: Read-only file system\n");
    expect(node.pod("fixed").status.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 3,
      reason: "Error",
      message: "bye\n",
    });
  });

  it("says so to other users too, before it asks for their rights", () => {
    const node = new TestNode();
    node.bind("other", {
      containers: [
        {
          ...idle,
          command: ["sh", "-c", "touch /x"],
          securityContext: { readOnlyRootFilesystem: true, runAsUser: 1000 },
        },
      ],
      restartPolicy: "Never",
    });
    node.sim.runUntilIdle(60_000);
    const container = node.kubelet.worker("default", "other")?.slots[0]?.current;
    expect(container?.log.tail(10, 1000)).toBe("touch: /x: Read-only file system\n");
  });

  it("leaves an image's own volumes writable in a read-only root, unless the pod mounts something there", () => {
    const node = new TestNode();
    const script = "echo x > /data/db/x && echo written; touch /data/configdb/y; ls /data/db";
    node.bind("own", {
      volumes: [{ name: "config", configMap: { name: "none", optional: true } }],
      containers: [
        {
          name: "app",
          image: "mongo:7",
          command: ["sh", "-c", script],
          volumeMounts: [{ name: "config", mountPath: "/data/configdb" }],
          securityContext: { readOnlyRootFilesystem: true },
        },
      ],
      restartPolicy: "Never",
    });
    node.sim.runUntilIdle(60_000);
    const container = node.kubelet.worker("default", "own")?.slots[0]?.current;
    expect(container?.log.tail(10, 1000)).toBe(
      "written\ntouch: cannot touch '/data/configdb/y': Read-only file system\nx\n",
    );
  });

  it("refuses root where runAsNonRoot asks for it", () => {
    const node = new TestNode();
    const image = node.bind("image", { containers: [idle], securityContext: { runAsNonRoot: true } });
    const spec = node.bind("spec", { containers: [idle], securityContext: { runAsNonRoot: true, runAsUser: 0 } });
    node.sim.runUntil(node.sim.now + 8000);
    const where = (pod: typeof image): string =>
      `(pod: "${pod.metadata.name}_default(${pod.metadata.uid})", container: app)`;
    const waiting = (name: string) => node.pod(name).status.containerStatuses?.[0]?.state?.waiting;
    expect(waiting("image")).toEqual({
      reason: "CreateContainerConfigError",
      message: `container has runAsNonRoot and image will run as root ${where(image)}`,
    });
    expect(waiting("spec")).toEqual({
      reason: "CreateContainerConfigError",
      message: `container's runAsUser breaks non-root policy ${where(spec)}`,
    });
  });
});

describe("a container's cgroup", () => {
  it("shows its limits as files, and throttles a busy loop that metrics show at its limit", () => {
    const node = new TestNode();
    const resources = { limits: { cpu: "20m", memory: "64Mi" }, requests: { cpu: "10m" } };
    node.bind("free", { containers: [idle] });
    node.bind("bound", { containers: [{ ...idle, command: ["sh", "-c", "while true; do :; done"], resources }] });
    node.sim.runUntil(node.sim.now + 31_000);
    expect(node.kubelet.worker("default", "bound")?.slots[0]?.current?.used().cpuMillicores).toBeCloseTo(20, 0);
    const show = "cd /sys/fs/cgroup && cat cpu.max cpu.weight memory.max memory.current pids.max";
    expect(node.exec("free", show)).toBe("max 100000\n1\nmax\n1048576\n4096\n");
    expect(node.exec("bound", show)).toBe("2000 100000\n4\n67108864\n1048576\n4096\n");
    const stat = Object.fromEntries(
      node
        .exec("bound", "cat /sys/fs/cgroup/cpu.stat")
        .trim()
        .split("\n")
        .map((line) => line.split(" ") as [string, string]),
    );
    // Two hundredths of the time it runs; the burst at the start counts as well.
    expect(Number(stat["usage_usec"]) / 1e6).toBeCloseTo(0.1 + 0.02 * 30, 0);
    expect(Number(stat["throttled_usec"]) / 1e6).toBeCloseTo(0.98 * 30, -1);
    expect(Number(stat["nr_throttled"])).toBeGreaterThan(250);
  });

  it("asks for the node's disk where a profile has to be on it alone: thousands of nodes have none until somebody looks", () => {
    let made = 0;
    const node = new TestNode({
      disk() {
        made++;
        return new MemoryFileSystem();
      },
    });
    const run = (name: string, type: string, more: object = {}): unknown => {
      node.bind(name, { containers: [idle], securityContext: { seccompProfile: { type, ...more } } });
      node.sim.runUntil(node.sim.now + 10_000);
      return node.pod(name).status.phase;
    };
    expect([run("usual", "RuntimeDefault"), made]).toEqual(["Running", 0]);
    expect([run("named", "Localhost", { localhostProfile: "none.json" }), made]).toEqual(["Pending", 1]);
  });
});
