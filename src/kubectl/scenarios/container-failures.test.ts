/** What can go wrong with a pod's containers on their node, as get and the events tell it. */
import { beforeAll, expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop();
const { test } = laptop;
const pod = (name: string, container: object, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    containers: [{ name: "main", image: "busybox:1.36", imagePullPolicy: "IfNotPresent", ...container }],
    terminationGracePeriodSeconds: 2,
    ...spec,
  },
});
const sh = (script: string): string[] => ["sh", "-c", script];
const command = sh("sleep infinity");
/** Crashes three times at once, then after eleven minutes, then twice at once again. */
const MOODY =
  "date +%s >> /runs/starts; n=$(wc -l < /runs/starts); [ $n = 4 ] && sleep 660; [ $n = 7 ] && sleep infinity; exit 1";
const often = { periodSeconds: 5, failureThreshold: 2 };
const shown = (name: string): string | undefined => laptop.kubectl(`get pod ${name} --no-headers`).split(/\s+/)[2];
/** What is told of a pod beside its normal way, without what differs each time. */
const troubles = (name: string): string[] =>
  laptop
    .events(name)
    .filter((text) => !/^Normal (Scheduled|Pull|Created|Started)/.test(text))
    .map((text) =>
      text.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "UID").replaceAll(/10\.244\.\d+\.\d+/g, "IP"),
    );
const backOff = (name: string): string =>
  `Warning BackOff Back-off restarting failed container main in pod ${name}_default(UID)`;

beforeAll(() => {
  const from = { configMapKeyRef: { name: "gone", key: "k" } };
  const shell = (script: string): object => ({ exec: { command: sh(script) } });
  laptop.apply(
    pod("never", { image: "nginx:1.28", imagePullPolicy: "Never" }),
    pod("misnamed", { image: "NGINX" }),
    pod("private", { image: "registry.example.com/team/app:1" }, { imagePullSecrets: [{ name: "gone" }] }),
    pod("unconfigured", { command, env: [{ name: "A", valueFrom: from }] }),
    pod(
      "unmounted",
      { command, volumeMounts: [{ name: "v", mountPath: "/v" }] },
      { volumes: [{ name: "v", secret: { secretName: "gone" } }] },
    ),
    pod("superuser", { command, securityContext: { runAsNonRoot: true } }),
    pod("programless", { command: ["/nope"] }),
    pod("greedy", {
      image: "polinux/stress",
      command: ["stress", "--vm", "1", "--vm-bytes", "250M", "--vm-hang", "1"],
      resources: { limits: { memory: "100Mi" } },
    }),
    pod("hooked", { command, lifecycle: { postStart: shell("exit 3") } }),
    pod("unhooked", { command, lifecycle: { preStop: shell("exit 4") } }),
    pod("last-words", { command: sh("echo out of luck > /dev/termination-log; exit 7") }, { restartPolicy: "Never" }),
    pod("late", { command }, { activeDeadlineSeconds: 20 }),
    pod(
      "full",
      {
        command: sh("dd if=/dev/zero of=/d/x bs=1M count=20; sleep infinity"),
        volumeMounts: [{ name: "d", mountPath: "/d" }],
      },
      { volumes: [{ name: "d", emptyDir: { sizeLimit: "10Mi" } }] },
    ),
    pod("dead", { command, livenessProbe: { exec: { command: ["cat", "/tmp/ok"] }, ...often } }),
    pod("mute", { command, livenessProbe: { grpc: { port: 2379 }, ...often } }),
    pod("slow", { command, startupProbe: { tcpSocket: { port: 81 }, ...often } }),
    pod("unready", { command, readinessProbe: { httpGet: { port: 80, path: "/h" }, ...often } }),
    pod(
      "moody",
      { command: sh(MOODY), volumeMounts: [{ name: "runs", mountPath: "/runs" }] },
      { volumes: [{ name: "runs", emptyDir: {} }] },
    ),
  );
  laptop.wait(60);
});

it("an image that may not be pulled, isn't one, or is somebody's own", () => {
  expect(["never", "misnamed", "private"].map(shown)).toEqual([
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImagePullBackOff",
  ]);
  expect(troubles("never")).toEqual([
    'Warning ErrImageNeverPull Container image "nginx:1.28" is not present with pull policy of Never',
    "Warning Failed Error: ErrImageNeverPull",
  ]);
  expect(troubles("misnamed")).toEqual([
    `Warning InspectFailed Failed to apply default image tag "NGINX": couldn't parse image name "NGINX": invalid reference format: repository name (library/NGINX) must be lowercase`,
    "Warning Failed Error: InvalidImageName",
  ]);
  expect(troubles("private")).toEqual([
    "Warning FailedToRetrieveImagePullSecret Unable to retrieve some image pull secrets (gone); attempting to pull the image may not succeed.",
    'Warning Failed Failed to pull image "registry.example.com/team/app:1": failed to pull and unpack image "registry.example.com/team/app:1": failed to resolve reference "registry.example.com/team/app:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    "Warning Failed Error: ErrImagePull",
    'Normal BackOff Back-off pulling image "registry.example.com/team/app:1"',
    "Warning Failed Error: ImagePullBackOff",
  ]);
});

it("a container that can't be made: its configuration, its volume, its user, its program", () => {
  expect(["unconfigured", "unmounted", "superuser"].map((name) => [shown(name), troubles(name)])).toEqual([
    ["CreateContainerConfigError", ['Warning Failed Error: configmap "gone" not found']],
    ["ContainerCreating", ['Warning FailedMount MountVolume.SetUp failed for volume "v" : secret "gone" not found']],
    [
      "CreateContainerConfigError",
      [
        'Warning Failed Error: container has runAsNonRoot and image will run as root (pod: "superuser_default(UID)", container: main)',
      ],
    ],
  ]);
  expect(troubles("programless")).toEqual([
    'Warning Failed Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/nope": stat /nope: no such file or directory: unknown',
    backOff("programless"),
  ]);
  laptop.kubectl("create configmap gone --from-literal=k=v");
  laptop.kubectl("create secret generic gone --from-literal=k=v");
  expect(laptop.waitFor(() => shown("unconfigured") === "Running" && shown("unmounted") === "Running")).toBe(true);
});

it("a container that is killed: by the kernel, by its hook, by its pod's deadline, by its volume's size", () => {
  const last = ".status.containerStatuses[0].lastState.terminated";
  expect([laptop.field("pod greedy", `${last}.reason`), laptop.field("pod greedy", `${last}.exitCode`)]).toEqual([
    "OOMKilled",
    "137",
  ]);
  expect(new Set(troubles("hooked"))).toEqual(
    new Set([
      "Warning FailedPostStartHook PostStartHook failed",
      "Normal Killing FailedPostStartHook",
      backOff("hooked"),
    ]),
  );
  const ended = (name: string): string[] =>
    ["phase", "reason", "message"].map((field) => laptop.field(`pod ${name}`, `.status.${field}`));
  const deadline = "Pod was active on the node longer than the specified deadline";
  expect(ended("late")).toEqual(["Failed", "DeadlineExceeded", deadline]);
  expect(troubles("late")).toEqual([`Normal DeadlineExceeded ${deadline}`, "Normal Killing Stopping container main"]);
  const size = 'Usage of EmptyDir volume "d" exceeds the limit "10Mi". ';
  expect(ended("full")).toEqual(["Failed", "Evicted", size]);
  expect(troubles("full")).toEqual([`Warning Evicted ${size}`, "Normal Killing Stopping container main"]);
});

it("the last words of a container, and of one whose preStop fails", () => {
  expect(laptop.kubectl("describe pod last-words")).toContain(
    "    State:      Terminated\n      Reason:   Error\n      Message:  out of luck\n\n      Exit Code:    7\n",
  );
  laptop.kubectl("delete pod unhooked --wait=false");
  laptop.wait(5);
  expect(troubles("unhooked")).toEqual([
    "Normal Killing Stopping container main",
    "Warning FailedPreStopHook PreStopHook failed",
  ]);
});

it("a probe that fails: liveness by a command and by gRPC, startup, readiness", () => {
  const killing = (kind: string): string => `Normal Killing Container main failed ${kind} probe, will be restarted`;
  expect(troubles("dead")).toEqual([
    "Warning Unhealthy Liveness probe failed: cat: can't open '/tmp/ok': No such file or directory",
    killing("liveness"),
    backOff("dead"),
  ]);
  expect(troubles("mute")).toEqual([
    'Warning Unhealthy Liveness probe failed: timeout: failed to connect service "IP:2379" within 1s: context deadline exceeded',
    killing("liveness"),
    backOff("mute"),
  ]);
  expect(troubles("slow")).toEqual([
    "Warning Unhealthy Startup probe failed: dial tcp IP:81: connect: connection refused",
    killing("startup"),
    backOff("slow"),
  ]);
  expect(troubles("unready")).toEqual([
    'Warning Unhealthy Readiness probe failed: Get "http://IP:80/h": dial tcp IP:80: connect: connection refused',
  ]);
  expect([shown("unready"), laptop.kubectl("get pod unready --no-headers").split(/\s+/)[1]]).toEqual([
    "Running",
    "0/1",
  ]);
});

it("the back-off grows with each crash, and forgets a container that ran for more than ten minutes", () => {
  const others = laptop.field("pods", ".items[*].metadata.name").split(" ");
  laptop.kubectl(`delete pod ${others.filter((name) => name !== "moody").join(" ")} --now`);
  laptop.wait(750);
  const starts = test.exec("moody", "cat /runs/starts").trim().split("\n").map(Number);
  // Between whole seconds, of which the clock of the container tells no part.
  const pauses = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
  const upstream = [0, 10, 20, 660, 10, 20];
  expect(pauses).toHaveLength(upstream.length);
  pauses.forEach((pause, index) => expect([0, 1]).toContain(pause - (upstream[index] ?? 0)));
  expect(laptop.field("pod moody", ".status.containerStatuses[0].restartCount")).toBe("6");
  expect(troubles("moody")).toEqual([backOff("moody")]);
});

it("a probe's own grace period counts for its container, and a log speaks for who left no message", () => {
  const livenessProbe = { exec: { command: ["false"] }, ...often, terminationGracePeriodSeconds: 3 };
  const speaks = { command: sh("echo last line; exit 9"), terminationMessagePolicy: "FallbackToLogsOnError" };
  laptop.apply(
    pod(
      "own-grace",
      { command: sh("trap '' TERM; sleep infinity"), livenessProbe },
      { terminationGracePeriodSeconds: 600 },
    ),
    pod("fallback", speaks, { restartPolicy: "Never" }),
  );
  laptop.wait(25);
  expect(troubles("own-grace").slice(0, 2)).toEqual([
    "Warning Unhealthy Liveness probe failed: ",
    "Normal Killing Container main failed liveness probe, will be restarted",
  ]);
  const last = ".status.containerStatuses[0].lastState.terminated";
  expect(["exitCode", "reason"].map((each) => laptop.field("pod own-grace", `${last}.${each}`))).toEqual([
    "137",
    "Error",
  ]);
  expect(laptop.field("pod fallback", ".status.containerStatuses[0].state.terminated.message")).toBe("last line\n");
});
