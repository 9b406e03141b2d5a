/** `pods/`, besides what brings data into them, their security and their resources. */
import type { Container, NodeAffinity, NodeSelectorTerm, PodSpec, Probe } from "../../../api/generated/types.ts";
import {
  container,
  emptyDir,
  keyIn,
  type Examples,
  type Manifest,
  mounts,
  type Named,
  pod,
  ports,
  shell,
} from "./manifest.ts";

const PAUSE = "registry.k8s.io/pause";
const HELLO = "gcr.io/google-samples/hello-app";

/** nginx that is pulled when it isn't there. */
function nginx(named: Named, more: Partial<PodSpec> = {}): Manifest[] {
  return [pod(named, container("nginx", "nginx", { imagePullPolicy: "IfNotPresent" }), more)];
}

function required(...nodeSelectorTerms: NodeSelectorTerm[]): NodeAffinity {
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
}

function preferred(...terms: [weight: number, key: string, value: string][]): NodeAffinity {
  return {
    preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, key, value]) => ({
      weight,
      preference: keyIn(key, [value]),
    })),
  };
}

/** A pod `mypod` that is spread over what `topologyKeys` tell apart. */
function spread(topologyKeys: string[], more: Partial<PodSpec> = {}): Manifest[] {
  const labels = { foo: "bar" };
  const topologySpreadConstraints = topologyKeys.map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: labels },
  }));
  const paused = container("pause", `${PAUSE}:3.1`);
  return [pod({ name: "mypod", labels }, paused, { topologySpreadConstraints, ...more })];
}

/** One container with a probe of its liveness. */
function probed(named: Named, livenessProbe: Probe, of: Container): Manifest[] {
  return [pod(named, { ...of, livenessProbe })];
}

export function podExamples(): Examples {
  return {
    "pods/simple-pod.yaml": () => [pod("nginx", container("nginx", "nginx:1.14.2", { ports: ports(80) }))],
    "pods/commands.yaml": () => [
      pod(
        { name: "command-demo", labels: { purpose: "demonstrate-command" } },
        container("command-demo-container", "debian", { command: ["printenv"], args: ["HOSTNAME", "KUBERNETES_PORT"] }),
        { restartPolicy: "OnFailure" },
      ),
    ],
    "pods/init-containers.yaml": () => [
      pod(
        "init-demo",
        container("nginx", "nginx", { ports: ports(80), volumeMounts: mounts({ workdir: "/usr/share/nginx/html" }) }),
        {
          initContainers: [
            container("install", "busybox:1.28", {
              command: ["wget", "-O", "/work-dir/index.html", "http://info.cern.ch"],
              volumeMounts: mounts({ workdir: "/work-dir" }),
            }),
          ],
          dnsPolicy: "Default",
          volumes: [emptyDir("workdir")],
        },
      ),
    ],
    "pods/lifecycle-events.yaml": () => [
      pod(
        "lifecycle-demo",
        container("lifecycle-demo-container", "nginx", {
          lifecycle: {
            postStart: {
              exec: { command: shell("echo Hello from the postStart handler > /usr/share/message", "/bin/sh") },
            },
            preStop: { exec: { command: shell("nginx -s quit; while killall -0 nginx; do sleep 1; done", "/bin/sh") } },
          },
        }),
      ),
    ],
    "pods/two-container-pod.yaml": () => [
      pod(
        "two-containers",
        [
          container("nginx-container", "nginx", { volumeMounts: mounts({ "shared-data": "/usr/share/nginx/html" }) }),
          container("debian-container", "debian", {
            command: ["/bin/sh"],
            args: ["-c", "echo Hello from the debian container > /pod-data/index.html"],
            volumeMounts: mounts({ "shared-data": "/pod-data" }),
          }),
        ],
        { restartPolicy: "Never", volumes: [emptyDir("shared-data")] },
      ),
    ],
    "pods/share-process-namespace.yaml": () => [
      pod(
        "nginx",
        [
          container("nginx", "nginx"),
          container("shell", "busybox:1.28", {
            command: ["sleep", "3600"],
            securityContext: { capabilities: { add: ["SYS_PTRACE"] } },
            stdin: true,
            tty: true,
          }),
        ],
        { shareProcessNamespace: true },
      ),
    ],
    "pods/user-namespaces-stateless.yaml": () => [
      pod("userns", container("shell", "debian", { command: ["sleep", "infinity"] }), { hostUsers: false }),
    ],
    "pods/image-volumes.yaml": () => [
      pod(
        "image-volume",
        container("shell", "debian", { command: ["sleep", "infinity"], volumeMounts: mounts({ volume: "/volume" }) }),
        {
          volumes: [{ name: "volume", image: { reference: "quay.io/crio/artifact:v1", pullPolicy: "IfNotPresent" } }],
        },
      ),
    ],
    "pods/private-reg-pod.yaml": () => [
      pod("private-reg", container("private-reg-container", "<your-private-image>"), {
        imagePullSecrets: [{ name: "regcred" }],
      }),
    ],
    "pods/pod-rs.yaml": () =>
      ["2.0", "1.0"].map((version, index) =>
        pod(
          { name: `pod${index + 1}`, labels: { tier: "frontend" } },
          container(`hello${index + 1}`, `${HELLO}:${version}`),
        ),
      ),
    "application/shell-demo.yaml": () => [
      pod(
        "shell-demo",
        container("nginx", "nginx", { volumeMounts: mounts({ "shared-data": "/usr/share/nginx/html" }) }),
        { hostNetwork: true, dnsPolicy: "Default", volumes: [emptyDir("shared-data")] },
      ),
    ],
    ...placing(),
    ...probing(),
  };
}

function placing(): Examples {
  const ssd = keyIn("disktype", ["ssd"]);
  const test = { env: "test" };
  return {
    "pods/pod-nginx.yaml": () => nginx({ name: "nginx", labels: test }, { nodeSelector: { disktype: "ssd" } }),
    "pods/pod-nginx-specific-node.yaml": () => nginx("nginx", { nodeName: "foo-node" }),
    "pods/pod-nginx-required-affinity.yaml": () => nginx("nginx", { affinity: { nodeAffinity: required(ssd) } }),
    "pods/pod-nginx-preferred-affinity.yaml": () =>
      nginx("nginx", { affinity: { nodeAffinity: preferred([1, "disktype", "ssd"]) } }),
    "pods/pod-with-toleration.yaml": () =>
      nginx(
        { name: "nginx", labels: test },
        { tolerations: [{ key: "example-key", operator: "Exists", effect: "NoSchedule" }] },
      ),
    "pods/pod-with-node-affinity.yaml": () => [
      pod("with-node-affinity", container("with-node-affinity", `${PAUSE}:3.8`), {
        affinity: {
          nodeAffinity: {
            ...required(keyIn("topology.kubernetes.io/zone", ["antarctica-east1", "antarctica-west1"])),
            ...preferred([1, "another-node-label-key", "another-node-label-value"]),
          },
        },
      }),
    ],
    "pods/pod-with-affinity-preferred-weight.yaml": () => [
      pod("with-affinity-preferred-weight", container("with-node-affinity", `${PAUSE}:3.8`), {
        affinity: {
          nodeAffinity: {
            ...required(keyIn("kubernetes.io/os", ["linux"])),
            ...preferred([1, "label-1", "key-1"], [50, "label-2", "key-2"]),
          },
        },
      }),
    ],
    "pods/pod-with-pod-affinity.yaml": () => {
      const beside = (security: string) => ({
        labelSelector: keyIn("security", [security]),
        topologyKey: "topology.kubernetes.io/zone",
      });
      const affinity = {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [beside("S1")] },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: beside("S2") }],
        },
      };
      return [pod("with-pod-affinity", container("with-pod-affinity", `${PAUSE}:3.8`), { affinity })];
    },
    "pods/pod-with-scheduling-gates.yaml": () => [
      pod("test-pod", container("pause", `${PAUSE}:3.6`), {
        schedulingGates: [{ name: "example.com/foo" }, { name: "example.com/bar" }],
      }),
    ],
    "pods/pod-without-scheduling-gates.yaml": () => [pod("test-pod", container("pause", `${PAUSE}:3.6`))],
    "pods/topology-spread-constraints/one-constraint.yaml": () => spread(["zone"]),
    "pods/topology-spread-constraints/two-constraints.yaml": () => spread(["zone", "node"]),
    "pods/topology-spread-constraints/one-constraint-with-nodeaffinity.yaml": () =>
      spread(["zone"], {
        affinity: {
          nodeAffinity: required({ matchExpressions: [{ key: "zone", operator: "NotIn", values: ["zoneC"] }] }),
        },
      }),
  };
}

function probing(): Examples {
  const labels = { test: "liveness" };
  return {
    "pods/probe/exec-liveness.yaml": () =>
      probed(
        { name: "liveness-exec", labels },
        { exec: { command: ["cat", "/tmp/healthy"] }, initialDelaySeconds: 5, periodSeconds: 5 },
        container("liveness", "registry.k8s.io/busybox:1.27.2", {
          args: shell("touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600", "/bin/sh"),
        }),
      ),
    "pods/probe/http-liveness.yaml": () =>
      probed(
        { name: "liveness-http", labels },
        {
          httpGet: { path: "/healthz", port: 8080, httpHeaders: [{ name: "Custom-Header", value: "Awesome" }] },
          initialDelaySeconds: 3,
          periodSeconds: 3,
        },
        container("liveness", "registry.k8s.io/e2e-test-images/agnhost:2.40", { args: ["liveness"] }),
      ),
    "pods/probe/tcp-liveness-readiness.yaml": () => {
      const probe = { tcpSocket: { port: 8080 }, initialDelaySeconds: 15, periodSeconds: 10 };
      const goproxy = container("goproxy", "registry.k8s.io/goproxy:0.1", {
        ports: ports(8080),
        readinessProbe: probe,
      });
      return probed({ name: "goproxy", labels: { app: "goproxy" } }, probe, goproxy);
    },
    "pods/probe/grpc-liveness.yaml": () =>
      probed(
        "etcd-with-grpc",
        { grpc: { port: 2379 }, initialDelaySeconds: 10 },
        container("etcd", "registry.k8s.io/etcd:3.5.1-0", {
          command: [
            ..."/usr/local/bin/etcd --data-dir /var/lib/etcd --log-level debug".split(" "),
            ..."--listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://127.0.0.1:2379".split(" "),
          ],
          ports: ports(2379),
        }),
      ),
    "pods/probe/pod-with-http-healthcheck.yaml": () =>
      probed(
        "pod-with-http-healthcheck",
        { httpGet: { path: "/_status/healthz", port: 80 }, initialDelaySeconds: 30, timeoutSeconds: 1 },
        container("nginx", "nginx", { ports: ports(80) }),
      ),
    "pods/probe/pod-with-tcp-socket-healthcheck.yaml": () =>
      probed(
        "pod-with-tcp-socket-healthcheck",
        { tcpSocket: { port: 6379 }, initialDelaySeconds: 30, timeoutSeconds: 1 },
        container("redis", "redis", { ports: ports(6379) }),
      ),
  };
}
