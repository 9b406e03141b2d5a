/** What each kind of volume does with what is written there, and with what is wrong with it. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const box = (resources: object, ...volumeMounts: object[]): object => ({
  name: "main",
  image: "busybox",
  command: ["sleep", "infinity"],
  resources,
  volumeMounts,
});
const pod = (name: string, source: object, spec: object = {}, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...metadata },
  spec: {
    terminationGracePeriodSeconds: 0,
    volumes: [{ name: "data", ...source }],
    containers: [box({}, { name: "data", mountPath: "/data" })],
    ...spec,
  },
});
const RUNS = [
  expect.stringMatching(/^Normal Scheduled /),
  'Normal Pulling Pulling image "busybox"',
  expect.stringMatching(/^Normal Pulled /),
  "Normal Created Container created",
  "Normal Started Container started",
];

it("a volume in memory is as large as its limit and not a byte larger, and counts as memory", () => {
  laptop.apply(pod("memory", { emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }));
  laptop.wait(10);
  const current = (): number => Number(test.exec("memory", "cat /sys/fs/cgroup/memory.current"));
  const before = current();
  expect(test.exec("memory", "dd if=/dev/zero of=/data/a bs=1k count=512")).toContain("512+0 records out\n");
  expect(current() - before).toBe(512 * 1024);
  expect(test.exec("memory", "dd if=/dev/zero of=/data/b bs=1k count=1024")).toMatch(
    /^dd: error writing '\/data\/b': No space left on device\n513\+0 records in\n512\+0 records out\n[^]*\[1\]$/,
  );
  expect(test.exec("memory", "echo more > /data/c")).toBe("sh: write error: No space left on device\n[1]");
  test.exec("memory", "rm /data/a /data/b");
  expect(current()).toBe(before);
  // What was removed is free again, and a file that is written anew takes no room twice.
  const whole = "dd if=/dev/zero of=/data/a bs=1k count=1023";
  expect(test.exec("memory", `${whole}; ${whole}`).match(/1023\+0 records out/g)).toHaveLength(2);
  expect(laptop.events("memory")).toEqual(RUNS);
});

it("in memory without a limit it ends where the pod's memory does: the kernel kills who fills it", () => {
  const limited = box({ limits: { memory: "16Mi" } }, { name: "data", mountPath: "/data" });
  laptop.apply(pod("greedy", { emptyDir: { medium: "Memory" } }, { containers: [limited] }));
  laptop.wait(10);
  expect(test.exec("greedy", "dd if=/dev/zero of=/data/a bs=1M count=8")).toContain("8+0 records out\n");
  expect(test.exec("greedy", "dd if=/dev/zero of=/data/b bs=1M count=8")).toBe("[137]");
  laptop.wait(5);
  expect(laptop.field("pod greedy", ".status.containerStatuses[0].lastState.terminated.reason")).toBe("OOMKilled");
  // The volume is the pod's: what was in it is there for the container that comes next.
  expect(test.exec("greedy", "ls /data")).toBe("a\nb\n");
});

it("on the disk a volume that grows beyond its limit costs the pod its place", () => {
  laptop.apply(pod("spills", { emptyDir: { sizeLimit: "1Mi" } }));
  laptop.wait(10);
  expect(test.exec("spills", "dd if=/dev/zero of=/data/a bs=1k count=2048")).toContain("2048+0 records out\n");
  laptop.wait(20);
  expect(laptop.kubectl("get pod spills --no-headers")).toMatch(
    /^spills +0\/1 +(Error|Evicted|ContainerStatusUnknown) +0 /,
  );
  expect(["phase", "reason"].map((name) => laptop.field("pod spills", `.status.${name}`))).toEqual([
    "Failed",
    "Evicted",
  ]);
  expect(laptop.field("pod spills", ".status.message")).toBe(
    'Usage of EmptyDir volume "data" exceeds the limit "1Mi". ',
  );
  expect(laptop.events("spills")).toEqual([
    ...RUNS,
    'Warning Evicted Usage of EmptyDir volume "data" exceeds the limit "1Mi". ',
    "Normal Killing Stopping container main",
  ]);
});

it("a path of the node must be what its type says, or is made", () => {
  const types: [string, string, string][] = [
    ["plain", "/opt/made", ""],
    ["folder", "/opt/none", "Directory"],
    ["made", "/opt/folder", "DirectoryOrCreate"],
    ["file", "/opt/none", "File"],
    ["touched", "/etc/touched", "FileOrCreate"],
    ["astray", "/none/touched", "FileOrCreate"],
    ["socket", "/run/none.sock", "Socket"],
    ["engine", "/run/containerd/containerd.sock", "Socket"],
    ["null", "/dev/null", "CharDevice"],
    ["block", "/dev/null", "BlockDevice"],
  ];
  const on = { nodeName: "worker-1" };
  laptop.apply(...types.map(([name, path, type]) => pod(`host-${name}`, { hostPath: { path, type } }, on)));
  laptop.wait(10);
  const told = ([name]: [string, string, string]): string =>
    laptop
      .events(`host-${name}`)
      .map((line) => /FailedMount MountVolume.SetUp failed for volume "data" : (.*)/.exec(line)?.[1])
      .find((why) => why !== undefined) ?? laptop.field(`pod host-${name}`, ".status.phase");
  expect(types.map((each) => [each[0], told(each)])).toEqual([
    ["plain", "Running"],
    ["folder", "hostPath type check failed: /opt/none is not a directory"],
    ["made", "Running"],
    ["file", "hostPath type check failed: /opt/none is not a file"],
    ["touched", "Running"],
    ["astray", "open /none/touched: no such file or directory"],
    ["socket", "hostPath type check failed: /run/none.sock is not a socket file"],
    ["engine", "Running"],
    ["null", "Running"],
    ["block", "hostPath type check failed: /dev/null is not a block device"],
  ]);
  // One file of the node, seen by another pod of it and by nobody elsewhere.
  test.exec("host-made", "echo seen > /data/word");
  laptop.apply(pod("beside", { hostPath: { path: "/opt/folder" } }, on));
  laptop.apply(pod("away", { hostPath: { path: "/opt/folder" } }, { nodeName: "worker-2" }));
  laptop.wait(10);
  expect([test.exec("beside", "cat /data/word"), test.exec("away", "ls /data")]).toEqual(["seen\n", ""]);
});

it("a projected volume has all its sources, and follows them; variables and subPaths don't", () => {
  const sources = [
    { secret: { name: "pass" } },
    { configMap: { name: "conf", items: [{ key: "word", path: "conf/word", mode: 0o400 }] } },
    { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
    { serviceAccountToken: { path: "token", expirationSeconds: 600 } },
  ];
  const variable = { name: "PASS", valueFrom: { secretKeyRef: { name: "pass", key: "pw" } } };
  const mounts = [
    { name: "data", mountPath: "/data" },
    { name: "data", mountPath: "/pw", subPath: "pw" },
  ];
  const containers = [{ ...box({}, ...mounts), env: [variable] }];
  laptop.apply(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "pass" }, stringData: { pw: "one" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "conf" }, data: { word: "old" } },
    pod("reads", { projected: { sources } }, { containers }, { labels: { stage: "one" } }),
  );
  laptop.wait(10);
  const read = (): string =>
    test.exec(
      "reads",
      "cat /data/pw /data/conf/word /data/labels /pw; echo $PASS; ls -l /data/..data/conf/word | cut -c1-10",
    );
  expect(read()).toBe('oneoldstage="one"oneone\n-r--------\n');
  expect(test.exec("reads", "cut -d. -f1 /data/token")).toMatch(/^eyJ/);
  laptop.kubectl(`patch secret pass -p '{"stringData":{"pw":"two"}}'`);
  laptop.kubectl(`patch configmap conf -p '{"data":{"word":"new"}}'`);
  expect(read()).toBe('oneoldstage="one"oneone\n-r--------\n');
  laptop.wait(90);
  expect(read()).toBe('twonewstage="one"oneone\n-r--------\n');
});

it("a bundle of trust can't be projected: the cluster doesn't serve any, and the pod is told so", () => {
  laptop.apply(pod("trusts", { projected: { sources: [{ clusterTrustBundle: { name: "own", path: "ca.crt" } }] } }));
  laptop.wait(5);
  expect(laptop.events("trusts").at(-1)).toBe(
    'Warning FailedMount MountVolume.SetUp failed for volume "data" : projected volume source clusterTrustBundle is not available on this node',
  );
});

it("a local disk is of its node, is released with its claim, and is free again when somebody says so", () => {
  const storageClassName = "local-disks";
  const values = ["worker-3"];
  const nodeAffinity = {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values }] }],
    },
  };
  const claim = (name: string): object => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: { storageClassName, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
  laptop.apply(
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: storageClassName },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "ssd" },
      spec: {
        ...{ storageClassName, nodeAffinity, accessModes: ["ReadWriteOnce"], local: { path: "/mnt/ssd" } },
        capacity: { storage: "1Gi" },
        persistentVolumeReclaimPolicy: "Retain",
      },
    },
    claim("first"),
  );
  laptop.wait(2);
  laptop.apply(pod("db", { persistentVolumeClaim: { claimName: "first" } }));
  laptop.wait(5);
  expect(laptop.events("db")).toEqual([
    "Normal Scheduled Successfully assigned default/db to worker-3",
    'Warning FailedMount MountVolume.NewMounter initialization failed for volume "ssd" : path "/mnt/ssd" does not exist',
  ]);
  // Somebody mounts the disk.
  laptop.apply(pod("mounts", { hostPath: { path: "/mnt/ssd" } }, { nodeName: "worker-3" }));
  laptop.wait(130);
  expect(laptop.kubectl("get pod db --no-headers")).toMatch(/^db +1\/1 +Running /);
  test.exec("db", "echo kept > /data/word");
  laptop.kubectl("delete pod db");
  laptop.kubectl("delete pvc first");
  laptop.apply(claim("next"), pod("db2", { persistentVolumeClaim: { claimName: "next" } }));
  laptop.wait(5);
  expect(laptop.kubectl("get pv ssd --no-headers")).toMatch(/ Retain +Released +default\/first +local-disks /);
  const unbound =
    "Warning FailedScheduling 0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 node(s) didn't find available persistent volumes to bind. no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.";
  expect(laptop.events("db2")).toEqual([unbound, unbound]);
  laptop.kubectl(`patch pv ssd -p '{"spec":{"claimRef":null}}'`);
  laptop.wait(20);
  expect(laptop.kubectl("get pv ssd --no-headers")).toMatch(/ Retain +Bound +default\/next +local-disks /);
  expect(test.exec("db2", "cat /data/word")).toBe("kept\n");
});

it("an nfs export is one for all nodes, and a claim has it by its size and its mode", () => {
  laptop.apply(
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "export" },
      spec: {
        capacity: { storage: "5Gi" },
        accessModes: ["ReadWriteMany"],
        nfs: { server: "10.0.0.9", path: "/exports" },
      },
    },
    ...["ReadWriteMany", "ReadOnlyMany"].map((mode) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: mode.toLowerCase() },
      spec: { storageClassName: "", accessModes: [mode], resources: { requests: { storage: "1Gi" } } },
    })),
    ...[1, 2].map((n) =>
      pod(`shares-${n}`, { persistentVolumeClaim: { claimName: "readwritemany" } }, { nodeName: `worker-${n}` }),
    ),
  );
  laptop.wait(30);
  expect(laptop.kubectl("get pvc readwritemany --no-headers")).toMatch(
    /^readwritemany +Bound +export +5Gi +RWX +<unset> /,
  );
  expect(laptop.events("readonlymany")).toEqual([
    "Normal FailedBinding no persistent volumes available for this claim and no storage class is set",
  ]);
  test.exec("shares-1", "echo ours > /data/word");
  expect(test.exec("shares-2", "cat /data/word")).toBe("ours\n");
});

it("df, du and mount tell what a container sees mounted, and how full it is", () => {
  const volumes = [
    { name: "data", emptyDir: {} },
    { name: "ram", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    { name: "host", hostPath: { path: "/opt/shown" } },
    { name: "nfs", nfs: { server: "10.0.0.9", path: "/exports/a/rather/long/path" } },
  ];
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}`, readOnly: name === "host" }));
  const containers = [
    { name: "main", image: "busybox", command: ["sleep", "infinity"], volumeMounts },
    { name: "gnu", image: "debian", command: ["sleep", "infinity"], volumeMounts },
  ];
  laptop.apply(pod("looks", {}, { volumes, containers }));
  laptop.wait(20);
  const look = (container: string, line: string): string => laptop.kubectl(`exec looks -c ${container} -- ${line}`);
  test.exec("looks", "dd if=/dev/zero of=/ram/a bs=1k count=256; mkdir /data/sub; echo word > /data/sub/word");
  const disk = (path: string): string => `/dev/vda1               100.0G      6.1G     93.9G   6% ${path}`;
  expect(look("main", "df -h").split("\n")).toEqual([
    "Filesystem                Size      Used Available Use% Mounted on",
    "overlay                 100.0G      6.1G     93.9G   6% /",
    "tmpfs                    64.0M         0     64.0M   0% /dev",
    disk("/data"),
    "tmpfs                     1.0M    256.0K    768.0K  25% /ram",
    disk("/host"),
    "10.0.0.9:/exports/a/rather/long/path",
    "                        100.0G         0    100.0G   0% /nfs",
    ...["/etc/hosts", "/dev/termination-log", "/etc/hostname", "/etc/resolv.conf"].map(disk),
    "shm                      64.0M         0     64.0M   0% /dev/shm",
    "tmpfs                     7.9G     12.0K      7.9G   0% /var/run/secrets/kubernetes.io/serviceaccount",
  ]);
  expect(look("gnu", "df -hT -x nfs4").split("\n")).toEqual([
    "Filesystem     Type     Size  Used Avail Use% Mounted on",
    "overlay        overlay  100G  6.1G   94G   7% /",
    "tmpfs          tmpfs     64M     0   64M   0% /dev",
    "/dev/vda1      ext4     100G  6.1G   94G   7% /data",
    "tmpfs          tmpfs    1.0M  256K  768K  25% /ram",
    "shm            tmpfs     64M     0   64M   0% /dev/shm",
    "tmpfs          tmpfs    8.0G   12K  8.0G   1% /var/run/secrets/kubernetes.io/serviceaccount",
  ]);
  expect(look("main", "mount -t ext4,tmpfs,nfs4").split("\n")).toEqual([
    "tmpfs on /dev type tmpfs (rw,nosuid,size=65536k,mode=755)",
    "/dev/vda1 on /data type ext4 (rw,relatime)",
    "tmpfs on /ram type tmpfs (rw,relatime,size=1024k)",
    "/dev/vda1 on /host type ext4 (ro,relatime)",
    "10.0.0.9:/exports/a/rather/long/path on /nfs type nfs4 (rw,relatime)",
    ...["/etc/hosts", "/dev/termination-log", "/etc/hostname", "/etc/resolv.conf"].map(
      (path) => `/dev/vda1 on ${path} type ext4 (rw,relatime)`,
    ),
    "shm on /dev/shm type tmpfs (rw,nosuid,nodev,noexec,relatime,size=65536k)",
    expect.stringMatching(/^tmpfs on \/var\/run\/secrets\/\S+ type tmpfs \(ro,relatime,size=\d+k\)$/),
  ]);
  expect(look("gnu", "cat /proc/mounts").split("\n").slice(0, 2)).toEqual([
    "overlay / overlay rw,relatime 0 0",
    "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0",
  ]);
  expect(look("gnu", "mount -o bind /data /mnt")).toContain("mount: /mnt: permission denied.\n");
  expect(look("gnu", "df /data/sub /nope")).toMatch(
    /^Filesystem +1K-blocks +Used Available Use% Mounted on\n\/dev\/vda1 +104857600 .* 7% \/data\ndf: \/nope: No such file or directory\n/,
  );
  expect(look("gnu", "df -i --type=overlay")).toMatch(/^Filesystem +Inodes +IUsed +IFree IUse% .*\noverlay +6553600 /);
  expect(look("gnu", "du -h /data /ram")).toBe("8.0K\t/data/sub\n12K\t/data\n260K\t/ram");
});
