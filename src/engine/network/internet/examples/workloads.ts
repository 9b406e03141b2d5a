/** Deployments and what else keeps pods of a template: `controllers/`, and of `application/` what keeps no data. */
import {
  container,
  daemonSet,
  deployment,
  type Examples,
  emptyDir,
  env,
  hostPath,
  type Labels,
  type Manifest,
  mounts,
  type Named,
  object,
  podSpec,
  ports,
  replicaSet,
  resources,
  service,
  shell,
} from "./manifest.ts";

const GUESTBOOK = "us-docker.pkg.dev/google-samples/containers/gke";
const NGINX = { app: "nginx" };
const LABELED = { name: "nginx-deployment", labels: NGINX };

/** nginx of a version as a Deployment, with its port unless it is said. */
function nginx(
  named: Named,
  version: string,
  more: { replicas?: number; minReadySeconds?: number; port?: false } = {},
) {
  const { port, ...rest } = more;
  return (): Manifest[] => {
    const template = podSpec(container("nginx", `nginx:${version}`, port === false ? {} : { ports: ports(80) }));
    return [deployment(named, { ...rest, labels: NGINX, pod: template })];
  };
}

export function workloadExamples(): Examples {
  return { ...deployments(), ...daemonSets(), ...replicas(), ...guestbook() };
}

function deployments(): Examples {
  const balancer = (): Manifest =>
    service({ name: "my-nginx-svc", labels: NGINX }, NGINX, { type: "LoadBalancer", port: 80 });
  /** Under patches: a container `name-ctr` of nginx. */
  const patched = (name: string, more: Omit<Parameters<typeof deployment>[1], "labels" | "pod">, of: object = {}) => [
    deployment(name, { ...more, labels: NGINX, pod: podSpec(container(`${name}-ctr`, "nginx"), of) }),
  ];
  return {
    "controllers/nginx-deployment.yaml": nginx(LABELED, "1.14.2", { replicas: 3 }),
    "application/deployment.yaml": nginx("nginx-deployment", "1.14.2", { replicas: 2 }),
    "application/deployment-update.yaml": nginx("nginx-deployment", "1.16.1", { replicas: 2 }),
    "application/deployment-scale.yaml": nginx("nginx-deployment", "1.16.1", { replicas: 4 }),
    "application/simple_deployment.yaml": nginx("nginx-deployment", "1.14.2", { minReadySeconds: 5 }),
    "application/update_deployment.yaml": nginx("nginx-deployment", "1.16.1"),
    "application/ssa/nginx-deployment.yaml": nginx(LABELED, "1.14.2", { replicas: 3, port: false }),
    "application/ssa/nginx-deployment-no-replicas.yaml": nginx(LABELED, "1.14.2", { port: false }),
    "application/nginx/nginx-deployment.yaml": nginx("my-nginx", "1.14.2", { replicas: 3 }),
    "application/nginx/nginx-svc.yaml": () => [balancer()],
    "application/nginx-app.yaml": () => [
      balancer(),
      ...nginx({ name: "my-nginx", labels: NGINX }, "1.14.2", { replicas: 3 })(),
    ],
    "application/deployment-patch.yaml": () =>
      patched(
        "patch-demo",
        { replicas: 2 },
        { tolerations: [{ effect: "NoSchedule", key: "dedicated", value: "test-team" }] },
      ),
    "application/deployment-retainkeys.yaml": () =>
      patched("retainkeys-demo", { strategy: { rollingUpdate: { maxSurge: "30%" } } }),
    "application/deployment-sidecar.yaml": () => {
      const volumeMounts = mounts({ data: "/opt" });
      const writer = shell('while true; do echo "logging" >> /opt/logs.txt; sleep 1; done');
      const shipper = container("logshipper", "alpine:latest", {
        restartPolicy: "Always",
        command: shell("tail -F /opt/logs.txt"),
        volumeMounts,
      });
      const spec = podSpec(container("myapp", "alpine:latest", { command: writer, volumeMounts }), {
        initContainers: [shipper],
        volumes: [emptyDir("data")],
      });
      const labels = { app: "myapp" };
      return [deployment({ name: "myapp", labels }, { replicas: 1, labels, pod: spec })];
    },
    "application/php-apache.yaml": () => {
      const labels = { run: "php-apache" };
      const apache = container("php-apache", "registry.k8s.io/hpa-example", {
        ports: ports(80),
        resources: resources({ cpu: "200m" }, { cpu: "500m" }),
      });
      return [
        deployment("php-apache", { labels, pod: podSpec(apache) }),
        service({ name: "php-apache", labels }, labels, { port: 80 }),
      ];
    },
    "application/hpa/php-apache.yaml": () => [
      object("autoscaling/v2 HorizontalPodAutoscaler", "php-apache", {
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "php-apache" },
          minReplicas: 1,
          maxReplicas: 10,
          metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
          ],
        },
      }),
    ],
    "admin/snowflake-deployment.yaml": () => {
      const labels = { app: "snowflake" };
      const serving = container("snowflake", "registry.k8s.io/serve_hostname", { imagePullPolicy: "Always" });
      return [deployment({ name: "snowflake", labels }, { replicas: 2, labels, pod: podSpec(serving) })];
    },
  };
}

/** The collector of logs that three examples run on every node. */
function fluentd(more: { limited: boolean; rolling: boolean }): Manifest[] {
  const name = "fluentd-elasticsearch";
  const tolerations = ["control-plane", "master"].map((role) => ({
    key: `node-role.kubernetes.io/${role}`,
    operator: "Exists",
    effect: "NoSchedule",
  }));
  const collector = container(name, "quay.io/fluentd_elasticsearch/fluentd:v2.5.2", {
    ...(more.limited && { resources: resources({ cpu: "100m", memory: "200Mi" }, { memory: "200Mi" }) }),
    volumeMounts: [
      ...mounts({ varlog: "/var/log" }),
      ...(more.rolling ? mounts({ varlibdockercontainers: "/var/lib/docker/containers" }, { readOnly: true }) : []),
    ],
  });
  const volumes = [
    hostPath("varlog", "/var/log"),
    ...(more.rolling ? [hostPath("varlibdockercontainers", "/var/lib/docker/containers")] : []),
  ];
  return [
    daemonSet(
      { name, namespace: "kube-system", labels: { "k8s-app": "fluentd-logging" } },
      {
        ...(more.rolling && { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } }),
        labels: { name },
        pod: podSpec(collector, { tolerations, terminationGracePeriodSeconds: 30, volumes }),
      },
    ),
  ];
}

function daemonSets(): Examples {
  return {
    "controllers/daemonset.yaml": () => fluentd({ limited: true, rolling: false }),
    "controllers/fluentd-daemonset.yaml": () => fluentd({ limited: false, rolling: true }),
    "controllers/fluentd-daemonset-update.yaml": () => fluentd({ limited: true, rolling: true }),
    "controllers/daemonset-label-selector.yaml": () => [
      daemonSet(
        { name: "ssd-driver", labels: NGINX },
        {
          labels: { app: "ssd-driver-pod" },
          pod: podSpec(container("example-container", "example-image"), { nodeSelector: { ssd: "true" } }),
        },
      ),
    ],
    "application/basic-daemonset.yaml": () => {
      const keeper = container("log-machine-id", "busybox:1.37", {
        command: shell("cat /etc/machine-id > /var/log/machine-id.log"),
        volumeMounts: [
          ...mounts({ "machine-id": "/etc/machine-id" }, { readOnly: true }),
          ...mounts({ "log-dir": "/var/log" }),
        ],
      });
      const volumes = [
        { name: "machine-id", hostPath: { path: "/etc/machine-id", type: "File" } },
        hostPath("log-dir", "/var/log"),
      ];
      const paused = podSpec(container("pause", "registry.k8s.io/pause"), { initContainers: [keeper], volumes });
      return [daemonSet("example-daemonset", { labels: { "app.kubernetes.io/name": "example" }, pod: paused })];
    },
  };
}

/** `selector` is left out where the template's labels say it. */
function replicationController(
  name: string,
  spec: { replicas: number; selector?: Labels; template: object },
): Manifest {
  return object("v1 ReplicationController", name, { spec });
}

function replicas(): Examples {
  return {
    "controllers/frontend.yaml": () => [
      replicaSet(
        { name: "frontend", labels: { app: "guestbook", tier: "frontend" } },
        {
          replicas: 3,
          labels: { tier: "frontend" },
          pod: podSpec(container("php-redis", `${GUESTBOOK}/gb-frontend:v5`)),
        },
      ),
    ],
    "controllers/replicaset.yaml": () => [
      replicaSet("my-repset", {
        replicas: 3,
        labels: { "pod-is-for": "garbage-collection-example" },
        pod: podSpec(container("nginx", "nginx")),
      }),
    ],
    "controllers/hpa-rs.yaml": () => [
      object("autoscaling/v1 HorizontalPodAutoscaler", "frontend-scaler", {
        spec: {
          scaleTargetRef: { kind: "ReplicaSet", name: "frontend" },
          minReplicas: 3,
          maxReplicas: 10,
          targetCPUUtilizationPercentage: 50,
        },
      }),
    ],
    "controllers/replication.yaml": () => [
      replicationController("nginx", {
        replicas: 3,
        selector: NGINX,
        template: {
          metadata: { name: "nginx", labels: NGINX },
          spec: podSpec(container("nginx", "nginx", { ports: ports(80) })),
        },
      }),
    ],
    "controllers/replication-nginx-1.14.2.yaml": () => {
      const spec = podSpec(container("nginx", "nginx:1.14.2", { ports: ports(80) }));
      return [replicationController("my-nginx", { replicas: 5, template: { metadata: { labels: NGINX }, spec } })];
    },
    "controllers/replication-nginx-1.16.1.yaml": () => {
      const selector = { ...NGINX, deployment: "v4" };
      const spec = podSpec(container("nginx", "nginx:1.16.1", { args: ["nginx", "-T"], ports: ports(80) }));
      const template = { metadata: { labels: selector }, spec };
      return [replicationController("my-nginx-v4", { replicas: 5, selector, template })];
    },
  };
}

function guestbook(): Examples {
  const frontend = { app: "guestbook", tier: "frontend" };
  const redis = (role: string): Labels => ({ app: "redis", role, tier: "backend" });
  const amounts = resources({ cpu: "100m", memory: "100Mi" });
  const store = (role: string, image: string, count: number) => () => [
    deployment(
      { name: `redis-${role}`, labels: redis(role) },
      {
        replicas: count,
        selects: { app: "redis" },
        labels: redis(role),
        pod: podSpec(container(role, image, { resources: amounts, ports: ports(6379) })),
      },
    ),
  ];
  const reached = (role: string) => () => [
    service({ name: `redis-${role}`, labels: redis(role) }, redis(role), { port: 6379 }),
  ];
  return {
    "application/guestbook/redis-leader-deployment.yaml": store("leader", "docker.io/redis:6.0.5", 1),
    "application/guestbook/redis-leader-service.yaml": reached("leader"),
    "application/guestbook/redis-follower-deployment.yaml": store("follower", `${GUESTBOOK}/gb-redis-follower:v2`, 2),
    "application/guestbook/redis-follower-service.yaml": reached("follower"),
    "application/guestbook/frontend-deployment.yaml": () => {
      const php = container("php-redis", `${GUESTBOOK}/gb-frontend:v5`, {
        env: env({ GET_HOSTS_FROM: "dns" }),
        resources: amounts,
        ports: ports(80),
      });
      return [deployment("frontend", { replicas: 3, labels: frontend, pod: podSpec(php) })];
    },
    "application/guestbook/frontend-service.yaml": () => [
      service({ name: "frontend", labels: frontend }, frontend, { port: 80 }),
    ],
  };
}
