import { describe, expect, it } from "vitest";
import { nodes, pods } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { KIND_STORAGE_IMAGE } from "../folder-storage/local-path-objects.ts";
import { ssh } from "../testing/ssh.ts";
import type { TestCluster } from "../testing/test-cluster.ts";
import { createTestCluster } from "../testing/test-cluster.ts";
import { KUBELET_CONFIG } from "./kubelet-configuration.ts";

setDeepFreeze(true);

const MANIFESTS = "/etc/kubernetes/manifests";

/** What an editor does on a node (sed is none of the engine's own tools). */
function edit(test: TestCluster, node: string, change: { path: string; from: string; to: string }): void {
  const disk = test.cluster.nodes.get(node)?.kubelet.disk;
  const text = disk?.readFile(change.path) ?? "";
  expect(text).toContain(change.from);
  disk?.writeFile(change.path, text.replaceAll(change.from, change.to));
}

function ready(test: TestCluster, name: string): string | undefined {
  return test.get(nodes, name, "").status.conditions?.find(({ type }) => type === "Ready")?.status;
}

function running(test: TestCluster, name: string): boolean {
  return test
    .list(pods, "kube-system")
    .some(({ metadata, status }) => metadata.name === name && status.phase === "Running");
}

describe("a control-plane node", () => {
  it("runs what stands in its manifest folder: edited, moved away, moved back, broken", () => {
    const test = createTestCluster();
    const on = (command: string): string => ssh(test, "control-plane", command);
    expect(on(`ls ${MANIFESTS}`)).toBe(
      "etcd.yaml\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml\n",
    );
    const before = test.get(pods, "kube-scheduler-control-plane", "kube-system");
    test.run(30_000);
    // Looking changes nothing.
    expect(test.get(pods, "kube-scheduler-control-plane", "kube-system").metadata.uid).toBe(before.metadata.uid);

    on(`sudo mv ${MANIFESTS}/kube-scheduler.yaml /tmp/`);
    expect(test.runUntil(() => !test.cluster.isUp("kube-scheduler"), 40_000)).toBe(true);
    test.run(5000);
    expect(running(test, "kube-scheduler-control-plane")).toBe(false);
    test.client.resource(pods).create({
      metadata: { name: "late", namespace: "default" },
      spec: { containers: [{ name: "app", image: "nginx" }] },
      status: {},
    });
    test.run(20_000);
    expect(test.get(pods, "late").spec.nodeName).toBeUndefined();

    on(`sudo mv /tmp/kube-scheduler.yaml ${MANIFESTS}/`);
    expect(test.runUntil(() => test.get(pods, "late").status.phase === "Running", 60_000)).toBe(true);

    // Another command: the old pod ends before the new one begins.
    edit(test, "control-plane", {
      path: `${MANIFESTS}/kube-scheduler.yaml`,
      from: "- kube-scheduler\n",
      to: "- kube-schedulerrr\n",
    });
    const state = () =>
      test.list(pods, "kube-system").find(({ metadata }) => metadata.name === "kube-scheduler-control-plane")?.status
        .containerStatuses?.[0];
    expect(test.runUntil(() => state()?.state?.waiting?.reason === "CrashLoopBackOff", 60_000)).toBe(true);
    expect(state()?.lastState?.terminated).toMatchObject({
      reason: "StartError",
      message: expect.stringContaining('exec: "kube-schedulerrr": executable file not found in $PATH'),
    });
    expect(test.cluster.isUp("kube-scheduler")).toBe(false);

    // A file that can't be read: said at once, its pod goes with the next look at the folder.
    on(`printf 'apiVersion: v1\\nkind: Pod\\n  oops: [\\n' | sudo tee ${MANIFESTS}/kube-scheduler.yaml`);
    test.run(1000);
    expect(on("sudo journalctl -u kubelet -n 1")).toMatch(
      /^Jan 01 00:\d\d:\d\d control-plane kubelet\[812\]: E0101 00:\d\d:\d\d\.\d{6} {5}812 file\.go:187\] "Could not process manifest file" err="\/etc\/kubernetes\/manifests\/kube-scheduler\.yaml: couldn't parse as pod\(yaml: line 3: mapping values are not allowed in this context\), please check config file" path="\/etc\/kubernetes\/manifests\/kube-scheduler\.yaml"\n$/,
    );
    expect(state()).toBeDefined();
    test.run(25_000);
    expect(state()).toBeUndefined();

    on(
      `printf 'apiVersion: v1\\nkind: Pod\\nmetadata: {name: own}\\nspec: {containers: [{name: web, image: nginx}]}\\n' | sudo tee ${MANIFESTS}/own.yaml`,
    );
    expect(
      test.runUntil(
        () =>
          test
            .list(pods)
            .some(({ metadata, status }) => metadata.name === "own-control-plane" && status.phase === "Running"),
        60_000,
      ),
    ).toBe(true);
  });

  it("has components that end on what they can't read, with their reason in crictl logs", () => {
    const test = createTestCluster();
    const on = (command: string): string => ssh(test, "control-plane", command);
    const logs = (name: string): string => on(`sudo crictl logs $(sudo crictl ps -a --name ${name} -q | head -n 1)`);
    const path = `${MANIFESTS}/kube-apiserver.yaml`;
    const good = { path, from: "--etcd-servers=https://127.0.0.1:2379", to: "--etcd-server=https://127.0.0.1:2379" };
    edit(test, "control-plane", good);
    test.run(45_000);
    expect(test.cluster.server.running).toBe(false);
    expect(logs("kube-apiserver")).toBe("Error: unknown flag: --etcd-server\n");

    edit(test, "control-plane", { path, from: good.to, to: "--etcd-servers=https://127.0.0.1:23379" });
    test.run(70_000);
    expect(test.cluster.server.running).toBe(false);
    expect(logs("kube-apiserver")).toContain("dial tcp 127.0.0.1:23379: connect: connection refused");
    edit(test, "control-plane", { path, from: "https://127.0.0.1:23379", to: "https://127.0.0.1:2379" });
    expect(test.runUntil(() => test.cluster.server.running, 120_000)).toBe(true);
  });
});

describe("a worker's own commands", () => {
  it("stop, start and break its kubelet, and show what runs", () => {
    const test = createTestCluster();
    const on = (command: string): string => ssh(test, "worker-1", command);
    expect(on("systemctl is-active kubelet; systemctl stop kubelet")).toBe(
      "active\nsystemctl: Failed to stop kubelet.service: Access denied\n",
    );
    const [head = "", row = ""] = on("sudo crictl ps").split("\n");
    expect(head).toBe(
      "CONTAINER           IMAGE               CREATED             STATE               NAME                ATTEMPT             POD ID              POD                 NAMESPACE",
    );
    expect(row).toMatch(
      /^[0-9a-f]{13} {7}[0-9a-f]{13} {7}.* ago +Running +kube-proxy +0 +[0-9a-f]{13} +kube-proxy-[a-z0-9]{5} +kube-system$/,
    );
    expect(on(`sudo crictl logs ${row.slice(0, 13)} 2>&1`)).toBe(
      `I0101 00:00:06.307000       1 server.go:228] "Successfully retrieved NodeIPs" NodeIPs=["172.18.0.3"]
E0101 00:00:06.307000       1 server.go:265] "Kube-proxy configuration may be incomplete or incorrect" err="nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. Consider using \`--nodeport-addresses primary\`"
I0101 00:00:06.307000       1 server.go:276] "kube-proxy running in dual-stack mode" primary ipFamily="IPv4"
I0101 00:00:06.307000       1 server_linux.go:194] "Using iptables Proxier"
I0101 00:00:06.307000       1 proxier.go:241] "Setting route_localnet=1 to allow node-ports on localhost; to change this either disable iptables.localhostNodePorts (--iptables-localhost-nodeports) or set nodePortAddresses (--nodeport-addresses) to filter loopback addresses"
I0101 00:00:06.307000       1 server.go:539] "Version info" version="v1.36.0"
I0101 00:00:06.307000       1 server.go:541] "Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""
`,
    );

    expect(on("ls /var/log/pods")).toMatch(/^kube-system_kube-proxy-[a-z0-9]{5}_[0-9a-f-]{36}\n/);
    expect(on("ls /var/log/pods/kube-system_kube-proxy-*/kube-proxy")).toBe("0.log\n");
    expect(on("sudo cat /var/log/containers/kube-proxy-*_kube-system_kube-proxy-*.log")).toMatch(
      /^2026-01-01T00:00:\d\d\.\d{9}Z stderr F I0101 .* "Using iptables Proxier"$/m,
    );
    expect(on("ls -l /var/log/containers")).toMatch(
      /kube-proxy-[0-9a-f]{64}\.log -> \/var\/log\/pods\/kube-system_kube-proxy-[a-z0-9]{5}_/,
    );
    // Logs are the runtime's; what else somebody keeps beside them is his.
    expect(on("echo x | sudo tee /var/log/pods/$(ls /var/log/pods | head -n 1)")).toContain("Read-only file system");
    expect(on("echo x | sudo tee /var/log/pods/x > /dev/null; cat /var/log/pods/x")).toBe("x\n");

    on("sudo systemctl stop kubelet");
    expect(on("systemctl status kubelet")).toMatch(
      /^○ kubelet\.service - kubelet: The Kubernetes Node Agent\n {5}Loaded: loaded \(\/usr\/lib\/systemd\/system\/kubelet\.service; enabled; preset: enabled\)\n[^]*Active: inactive \(dead\) since Thu 2026-01-01 00:\d\d:\d\d UTC; 0s ago\n/,
    );
    expect(test.runUntil(() => ready(test, "worker-1") === "Unknown", 60_000)).toBe(true);
    expect(on("sudo crictl ps -q")).toMatch(new RegExp(`^${row.slice(0, 13)}[0-9a-f]{51}\n$`));
    on("sudo systemctl start kubelet");
    expect(test.runUntil(() => ready(test, "worker-1") === "True", 20_000)).toBe(true);

    const wrong = { path: KUBELET_CONFIG, from: "pki/ca.crt", to: "pki/WRONG.crt" };
    edit(test, "worker-1", wrong);
    on("sudo systemctl restart kubelet");
    test.run(12_000);
    expect(on("systemctl status kubelet")).toMatch(/Active: activating \(auto-restart\) \(Result: exit-code\) since/);
    expect(on("sudo journalctl -u kubelet | grep 'command failed' | tail -n 1")).toMatch(
      /"command failed" err="failed to construct kubelet dependencies: unable to load client CA file \/etc\/kubernetes\/pki\/WRONG\.crt: open \/etc\/kubernetes\/pki\/WRONG\.crt: no such file or directory"\n$/,
    );
    expect(test.runUntil(() => ready(test, "worker-1") === "Unknown", 60_000)).toBe(true);
    // systemd tries again by itself.
    edit(test, "worker-1", { ...wrong, from: wrong.to, to: wrong.from });
    expect(test.runUntil(() => ready(test, "worker-1") === "True", 20_000)).toBe(true);
  });

  it("look at containers with crictl, end and remove them; the kubelet makes others", () => {
    const test = createTestCluster();
    const on = (command: string, waitMs?: number): string => ssh(test, "control-plane", `${command} 2>&1`, waitMs);
    expect(on("crictl pods --name 'kube-s|etcd' --namespace kube-system | tr -s ' ' | cut -d' ' -f 6 | sort")).toBe(
      "NAMESPACE\netcd-control-plane\nkube-scheduler-control-plane\n",
    );
    const id = on("crictl -r unix:///run/containerd/containerd.sock ps --name kube-scheduler -q").trim();
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const pod = on(`crictl pods -q --name kube-scheduler`).trim();
    expect(on(`crictl ps -q --pod ${pod.slice(0, 13)}`)).toBe(`${id}\n`);
    expect(JSON.parse(on(`crictl inspect ${id.slice(0, 8)}`))).toMatchObject({
      info: { pid: expect.any(Number), runtimeType: "io.containerd.runc.v2", sandboxID: pod },
      status: {
        exitCode: 0,
        finishedAt: "0001-01-01T00:00:00Z",
        id,
        labels: { "io.kubernetes.container.name": "kube-scheduler", "io.kubernetes.pod.namespace": "kube-system" },
        metadata: { attempt: 0, name: "kube-scheduler" },
        state: "CONTAINER_RUNNING",
      },
    });
    expect(on(`crictl inspectp ${pod} | grep -e ip -e state | tr -d ' '`)).toBe(
      '"ip":"172.18.0.2"\n"state":"SANDBOX_READY"\n',
    );
    expect(on("crictl inspect abc")).toBe(
      'FATA[0000] getting the status of the container "abc": rpc error: code = NotFound desc = an error occurred when try to find container "abc": not found\n',
    );
    expect(on("crictl ps --nope; crictl --nope ps; crictl attach x; crictl logs")).toBe(
      "FATA[0000] flag provided but not defined: -nope\nFATA[0000] flag provided but not defined: -nope\nFATA[0000] attach is not simulated\nFATA[0000] ID cannot be empty\n",
    );

    expect(on(`crictl stop ${id}`)).toContain("dial unix /run/containerd/containerd.sock: connect: permission denied");
    expect(on(`sudo crictl rm ${id}`)).toBe(`FATA[0000] container "${id}" is running, please stop it first\n`);
    expect(on(`sudo crictl stop ${id}`, 2000)).toBe(`${id}\n`);
    const attempts =
      "crictl ps -a --name kube-scheduler | tr -s ' ' | grep -o -e 'Running.*' -e 'Exited.*' | cut -d' ' -f 1-3";
    test.run(5000);
    expect(on(attempts)).toBe("Running kube-scheduler 1\nExited kube-scheduler 0\n");
    expect(on(`sudo crictl rm -f ${id} $(crictl ps -q --name kube-scheduler)`, 2000)).toMatch(/^([0-9a-f]{64}\n){2}$/);
    expect(test.runUntil(() => test.cluster.isUp("kube-scheduler"), 60_000)).toBe(true);
    expect(on(attempts)).toMatch(/^Running kube-scheduler [12]\n$/);
  });

  it("run commands in containers with crictl, bring images and take them away, and tell of use", () => {
    const test = createTestCluster();
    const on = (command: string, waitMs?: number): string => ssh(test, "worker-1", `${command} 2>&1`, waitMs);
    test.client.resource(pods).create({
      metadata: { name: "web", namespace: "default" },
      spec: {
        nodeName: "worker-1",
        securityContext: { runAsUser: 101 },
        containers: [
          {
            name: "web",
            image: "busybox",
            workingDir: "/tmp",
            command: ["sleep", "3600"],
            env: [{ name: "A", value: "b" }],
          },
        ],
      },
      status: {},
    });
    expect(test.runUntil(() => test.get(pods, "web").status.phase === "Running", 60_000)).toBe(true);
    const id = on("crictl ps -q --name web").trim();
    const exec = (rest: string): string => on(`sudo crictl exec ${rest}`).replaceAll(id, "ID");
    expect(exec(`-i ${id} sh -c 'hostname; id -u; pwd; echo $A'`)).toBe("web\n101\n/tmp\nb\n");
    expect(on(`echo hi | sudo crictl exec -i ${id} cat; echo hi | sudo crictl exec ${id} cat; echo $?`)).toBe(
      "hi\n0\n",
    );
    const failed = "FATA[0000] execing command in container ID:";
    expect(exec(`${id} false`)).toBe(`${failed} command terminated with exit code 1\n`);
    expect(exec(`${id} nope`)).toMatch(/: exec: "nope": executable file not found in \$PATH: unknown\n$/);
    expect(exec(`-it ${id} sh`)).toBe(`${failed} input is not a terminal\n`);
    expect(exec("abc ls")).toBe(
      'FATA[0000] execing command in container abc: rpc error: code = NotFound desc = an error occurred when try to find container "abc": not found\n',
    );
    expect(on("sudo crictl stats | tr -s ' ' | cut -d ' ' -f 2,3", 1500)).toMatch(
      /^NAME CPU\n(web 0\.00\n)?kube-proxy 0\.\d\d\n/,
    );

    expect(
      on("sudo crictl pull redis:7; crictl images redis | tail -n 1 | tr -s ' ' | cut -d ' ' -f 1,2", 8000),
    ).toMatch(/^Image is up to date for sha256:[0-9a-f]{64}\ndocker\.io\/library\/redis 7\n$/);
    expect(on("sudo crictl pull redis:nope", 4000)).toMatch(
      /^FATA\[0001\] pulling image: rpc error: code = NotFound desc = failed to pull and unpack image "docker\.io\/library\/redis:nope": /,
    );
    expect(on("crictl rmi redis:7 2>&1 | grep -o 'permission denied'; sudo crictl rmi foo redis:7")).toBe(
      "permission denied\nERRO[0000] no such image foo\nDeleted: docker.io/library/redis:7\nFATA[0000] unable to remove the image(s)\n",
    );
    expect(on("sudo crictl rmi --prune; crictl images -q | wc -l")).toBe(`Deleted: ${KIND_STORAGE_IMAGE}\n2\n`);
    expect(on("sudo crictl rmi --prune")).toBe("INFO[0000] No images to remove\n");
    expect(JSON.parse(on("crictl info"))).toMatchObject({
      lastCNILoadStatus: "OK",
      status: { conditions: [{ type: "RuntimeReady", status: true }, { type: "NetworkReady", status: true }, {}] },
    });
  });

  it("tell the units' states, the journal since a time, and where programs are", () => {
    const test = createTestCluster();
    const on = (command: string, waitMs?: number): string => ssh(test, "worker-1", `${command} 2>&1`, waitMs);
    expect(on("hostname -I; whereis kubelet nothing; kubelet --version")).toBe(
      "172.18.0.3 \nkubelet: /usr/bin/kubelet\nnothing:\nKubernetes v1.36.0\n",
    );
    expect(on("systemctl is-active kubelet containerd sshd; echo $?")).toBe("active\nactive\ninactive\n0\n");
    test.run(60_000);
    expect(on("nproc; free -m | grep -o 'Mem: *[0-9]* *[0-9]*'; top -bn1 | grep kube-proxy; uptime -p")).toMatch(
      /^4\nMem: {12}8192 {9}4\d\d\n *\d+ root {6}20 {3}0 {3}16384 {2}16384 {6}0 S {3}0\.1 {3}0\.2 {3}0:00\.00 kube-proxy\nup 1 minute\n$/,
    );
    expect(on("sudo service kubelet stop; service kubelet")).toMatch(/^Usage: service /);
    expect(on("systemctl list-units --type=service --state=running | head -n 2")).toBe(
      "  UNIT               LOAD   ACTIVE SUB     DESCRIPTION\n  containerd.service loaded active running containerd container runtime\n",
    );
    expect(on("systemctl list-units --all 'kubelet*' | head -n 2 | tail -n 1")).toBe(
      "  kubelet.service loaded inactive dead kubelet: The Kubernetes Node Agent\n",
    );
    const named = (patterns: string): string =>
      on(`systemctl list-units --all ${patterns} | grep -o '^  [a-z]*[.]service'`);
    expect(named("kube")).toBe("");
    expect(named("'c*d.service' kubelet")).toBe("  containerd.service\n  kubelet.service\n");
    expect(on("systemctl list-unit-files; sudo systemctl stop sshd containerd; echo $?")).toBe(
      "systemctl: list-unit-files is not simulated\nsystemctl: Failed to stop sshd.service: Unit sshd.service not found.\nsystemctl: stop containerd is not simulated\n1\n",
    );
    const stopped = "systemd[1]: Stopped kubelet.service - kubelet: The Kubernetes Node Agent.\n";
    expect(on("journalctl -u kubelet --since '30 sec ago' | tail -n 1")).toContain(`worker-1 ${stopped}`);
    expect(on("journalctl -u kubelet -S -30s | wc -l")).toBe("3\n");
    expect(on("journalctl -u kubelet --since '2026-01-02' ; journalctl --since soon")).toBe(
      "-- No entries --\njournalctl: Failed to parse timestamp: soon\n",
    );
    // A follower sees what comes; two lines of the start.
    const followed = on("(sleep 1; sudo systemctl start kubelet) & timeout 3 journalctl -u kubelet -f -n 1", 4000);
    expect(
      followed
        .split("\n")
        .slice(0, 2)
        .map((line) => line.slice(line.indexOf("]") - 10)),
    ).toEqual([expect.stringContaining("Stopped kubelet.service"), expect.stringContaining("Started kubelet.service")]);
  });

  it("are there for a pod that makes the node's disk its root, or joins the namespaces of its first process", () => {
    const test = createTestCluster();
    const pod = (name: string, privileged: boolean): void => {
      test.client.resource(pods).create({
        metadata: { name, namespace: "default" },
        spec: {
          ...{ nodeName: "worker-1", hostPID: privileged },
          volumes: [{ name: "root", hostPath: { path: "/" } }],
          containers: [
            {
              ...{ name: "debugger", image: "busybox", command: ["sleep", "3600"] },
              securityContext: { privileged },
              volumeMounts: [{ name: "root", mountPath: "/host" }],
            },
          ],
        },
        status: {},
      });
      expect(test.runUntil(() => test.get(pods, name).status.phase === "Running", 60_000)).toBe(true);
    };
    pod("plain", false);
    pod("strong", true);
    const plain = (line: string): string => test.exec("plain", line);
    const strong = (line: string): string => test.exec("strong", line);

    // Its host name stays the pod's, the files and programs are the node's.
    expect(plain("chroot /host sh -c 'hostname; systemctl is-active kubelet; cat /etc/hostname; pwd'")).toBe(
      "plain\nactive\nworker-1\n/\n",
    );
    expect(plain("chroot /host crictl ps --name plain -q; chroot /host crictl ps -q | wc -l")).toMatch(/\b3\n$/);
    expect(plain("chroot /host df -T /")).toMatch(/\n\/dev\/vda1 +ext4 +\d+ +\d+ +\d+ +\d% \/\n$/);
    expect(plain("chroot /etc sh")).toBe("chroot: can't execute 'sh': No such file or directory\n[127]");
    expect(plain("chroot /nix")).toBe("chroot: can't change root directory to '/nix': No such file or directory\n[1]");
    expect(plain("nsenter -t 1 -m -n hostname")).toBe("nsenter: can't open '/proc/1/ns/mnt': Permission denied\n[1]");
    expect(plain("nsenter -t 4 -u hostname")).toBe(
      "nsenter: can't open '/proc/4/ns/uts': No such file or directory\n[1]",
    );
    expect(plain("pidof kubelet")).toBe("[1]");

    expect(strong("nsenter -t 1 -m -u -i -n -p -- bash -c 'hostname; pwd'")).toBe("worker-1\n/\n");
    expect(strong("nsenter -t 1 -n hostname")).toBe("strong\n");
    expect(strong("nsenter -a -t $(pidof kube-proxy) hostname")).toBe(
      "nsenter: can't execute 'hostname': No such file or directory\n[127]",
    );
    expect(strong("ps | grep '[/]containerd'")).toBe("  640 root      0:00 /usr/bin/containerd\n");
    strong("chroot /host systemctl stop kubelet");
    expect(ssh(test, "worker-1", "systemctl is-active kubelet; pidof kubelet containerd")).toBe("inactive\n640\n");
  });

  it("shut the machine down gracefully where the kubelet is told to", () => {
    const test = createTestCluster();
    edit(test, "worker-1", { path: KUBELET_CONFIG, from: "shutdownGracePeriod: 0s", to: "shutdownGracePeriod: 30s" });
    edit(test, "worker-1", { path: KUBELET_CONFIG, from: "CriticalPods: 0s", to: "CriticalPods: 10s" });
    ssh(test, "worker-1", "sudo systemctl restart kubelet");
    test.client.resource(pods).create({
      metadata: { name: "app", namespace: "default" },
      spec: { nodeName: "worker-1", containers: [{ name: "app", image: "busybox", command: ["sleep", "3600"] }] },
      status: {},
    });
    expect(test.runUntil(() => test.get(pods, "app").status.phase === "Running", 60_000)).toBe(true);
    ssh(test, "worker-1", "sudo shutdown -h now");
    test.run(5000);
    const condition = test.get(nodes, "worker-1", "").status.conditions?.find(({ type }) => type === "Ready");
    expect([condition?.status, condition?.reason, condition?.message]).toEqual([
      "False",
      "KubeletNotReady",
      "node is shutting down",
    ]);
    // sleep takes no SIGTERM as process 1: it has 20 seconds.
    expect(test.get(pods, "app").status.phase).toBe("Running");
    expect(test.runUntil(() => test.get(pods, "app").status.phase === "Failed", 30_000)).toBe(true);
    const { status } = test.get(pods, "app");
    const message = "Pod was terminated in response to imminent node shutdown.";
    expect([status.reason, status.message]).toEqual(["Terminated", message]);
    expect(status.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "TerminationByKubelet",
      message,
    });
    expect(test.runUntil(() => test.cluster.nodes.get("worker-1")?.powered === false, 30_000)).toBe(true);
  });
});
