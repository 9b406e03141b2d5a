/** What keeps data: StatefulSets, databases with their claims, and queues. */
import type { ContainerPort, PodSpec } from "../../../api/generated/types.ts";
import {
  claim,
  claimSpec,
  configMap,
  container,
  deployment,
  emptyDir,
  env,
  type Examples,
  type Labels,
  type Manifest,
  mounts,
  namedPorts,
  object,
  ofClaim,
  pod,
  podSpec,
  ports,
  resources,
  service,
  shell,
  statefulSet,
} from "./manifest.ts";
import { replicatedMysql } from "./replicated-mysql.ts";
import { localVolume } from "./volumes.ts";

const BACKEND = "app.kubernetes.io/component";
const NAME = "app.kubernetes.io/name";

/** A Deployment of one pod whose data lie in a claim, which is replaced by taking it away first. */
function onClaim(name: string, labels: Labels, spec: PodSpec, own?: Labels): Manifest {
  const named = own ? { name, labels: own } : name;
  return deployment(named, { strategy: { type: "Recreate" }, labels, pod: spec });
}

export function statefulExamples(): Examples {
  return { ...web(), ...mysql(), ...wordpress(), ...rings(), ...queues(), ...mongo() };
}

function web(): Examples {
  const labels = { app: "nginx" };
  const set = (version: string, more: { podManagementPolicy?: string } = {}) => {
    return (): Manifest[] => [
      service({ name: "nginx", labels }, labels, { clusterIP: "None", port: [{ name: "web", port: 80 }] }),
      statefulSet("web", {
        serviceName: "nginx",
        replicas: 2,
        ...more,
        labels,
        pod: podSpec(
          container("nginx", `registry.k8s.io/nginx-slim:${version}`, {
            ports: namedPorts({ web: 80 }),
            volumeMounts: mounts({ www: "/usr/share/nginx/html" }),
          }),
        ),
        claims: { www: claimSpec("1Gi") },
      }),
    ];
  };
  return {
    "application/web/web.yaml": set("0.21"),
    "application/web/web-parallel.yaml": set("0.24", { podManagementPolicy: "Parallel" }),
  };
}

function mysql(): Examples {
  const labels = { app: "mysql" };
  const own = { ...labels, [NAME]: "mysql" };
  const port: ContainerPort[] = namedPorts({ mysql: 3306 });
  return {
    "application/mysql/mysql-pv.yaml": () => [
      localVolume("mysql-pv-volume", "20Gi"),
      claim("mysql-pv-claim", "20Gi", { storageClassName: "manual" }),
    ],
    "application/mysql/mysql-deployment.yaml": () => [
      service("mysql", labels, { clusterIP: "None", port: 3306 }),
      onClaim(
        "mysql",
        labels,
        podSpec(
          container("mysql", "mysql:5.6", {
            env: env({ MYSQL_ROOT_PASSWORD: "password" }),
            ports: port,
            volumeMounts: mounts({ "mysql-persistent-storage": "/var/lib/mysql" }),
          }),
          { volumes: [ofClaim("mysql-persistent-storage", "mysql-pv-claim")] },
        ),
      ),
    ],
    "application/mysql/mysql-configmap.yaml": () => [
      configMap(
        { name: "mysql", labels: own },
        { "primary.cnf": "[mysqld]\nlog-bin\n", "replica.cnf": "[mysqld]\nsuper-read-only\n" },
      ),
    ],
    "application/mysql/mysql-statefulset.yaml": () => replicatedMysql(own),
    "application/mysql/mysql-services.yaml": () => [
      service({ name: "mysql", labels: own }, labels, { clusterIP: "None", port: [{ name: "mysql", port: 3306 }] }),
      service({ name: "mysql-read", labels: { ...own, readonly: "true" } }, labels, {
        port: [{ name: "mysql", port: 3306 }],
      }),
    ],
  };
}

function wordpress(): Examples {
  const own = { app: "wordpress" };
  const tier = (name: string): Labels => ({ ...own, tier: name });
  const password = { secretKeyRef: { name: "mysql-pass", key: "password" } };
  const storage = "-persistent-storage";
  return {
    "application/wordpress/mysql-deployment.yaml": () => [
      service({ name: "wordpress-mysql", labels: own }, tier("mysql"), { clusterIP: "None", port: 3306 }),
      claim({ name: "mysql-pv-claim", labels: own }, "20Gi"),
      onClaim(
        "wordpress-mysql",
        tier("mysql"),
        podSpec(
          container("mysql", "mysql:8.0", {
            env: env({
              MYSQL_ROOT_PASSWORD: password,
              MYSQL_DATABASE: "wordpress",
              MYSQL_USER: "wordpress",
              MYSQL_PASSWORD: password,
            }),
            ports: namedPorts({ mysql: 3306 }),
            volumeMounts: mounts({ [`mysql${storage}`]: "/var/lib/mysql" }),
          }),
          { volumes: [ofClaim(`mysql${storage}`, "mysql-pv-claim")] },
        ),
        own,
      ),
    ],
    "application/wordpress/wordpress-deployment.yaml": () => [
      service({ name: "wordpress", labels: own }, tier("frontend"), { type: "LoadBalancer", port: 80 }),
      claim({ name: "wp-pv-claim", labels: own }, "20Gi"),
      onClaim(
        "wordpress",
        tier("frontend"),
        podSpec(
          container("wordpress", "wordpress:6.2.1-apache", {
            env: env({
              WORDPRESS_DB_HOST: "wordpress-mysql",
              WORDPRESS_DB_PASSWORD: password,
              WORDPRESS_DB_USER: "wordpress",
            }),
            ports: namedPorts({ wordpress: 80 }),
            volumeMounts: mounts({ [`wordpress${storage}`]: "/var/www/html" }),
          }),
          { volumes: [ofClaim(`wordpress${storage}`, "wp-pv-claim")] },
        ),
        own,
      ),
    ],
  };
}

function rings(): Examples {
  const cassandra = { app: "cassandra" };
  const ready = { initialDelaySeconds: 15, timeoutSeconds: 5 };
  return {
    "application/cassandra/cassandra-service.yaml": () => [
      service({ name: "cassandra", labels: cassandra }, cassandra, { clusterIP: "None", port: 9042 }),
    ],
    "application/cassandra/cassandra-statefulset.yaml": () => [
      statefulSet(
        { name: "cassandra", labels: cassandra },
        {
          serviceName: "cassandra",
          replicas: 3,
          labels: cassandra,
          pod: podSpec(
            container("cassandra", "gcr.io/google-samples/cassandra:v13", {
              imagePullPolicy: "Always",
              ports: namedPorts({ "intra-node": 7000, "tls-intra-node": 7001, jmx: 7199, cql: 9042 }),
              resources: resources({ cpu: "500m", memory: "1Gi" }, { cpu: "500m", memory: "1Gi" }),
              securityContext: { capabilities: { add: ["IPC_LOCK"] } },
              lifecycle: { preStop: { exec: { command: shell("nodetool drain", "/bin/sh") } } },
              env: env({
                MAX_HEAP_SIZE: "512M",
                HEAP_NEWSIZE: "100M",
                CASSANDRA_SEEDS: "cassandra-0.cassandra.default.svc.cluster.local",
                CASSANDRA_CLUSTER_NAME: "K8Demo",
                CASSANDRA_DC: "DC1-K8Demo",
                CASSANDRA_RACK: "Rack1-K8Demo",
                POD_IP: { fieldRef: { fieldPath: "status.podIP" } },
              }),
              readinessProbe: { exec: { command: shell("/ready-probe.sh", "/bin/bash") }, ...ready },
              volumeMounts: mounts({ "cassandra-data": "/cassandra_data" }),
            }),
            { terminationGracePeriodSeconds: 500 },
          ),
          claims: { "cassandra-data": claimSpec("1Gi", { storageClassName: "fast" }) },
        },
      ),
      object("storage.k8s.io/v1 StorageClass", "fast", {
        provisioner: "k8s.io/minikube-hostpath",
        parameters: { type: "pd-ssd" },
      }),
    ],
    "application/zookeeper/zookeeper.yaml": zookeeper,
    ...Object.fromEntries(
      Object.entries({ maxUnavailable: 1, minAvailable: 2 }).map(([field, count]) => [
        `policy/zookeeper-pod-disruption-budget-${field.toLowerCase()}.yaml`,
        () => [
          object("policy/v1 PodDisruptionBudget", "zk-pdb", {
            spec: { [field]: count, selector: { matchLabels: { app: "zookeeper" } } },
          }),
        ],
      ]),
    ),
  };
}

function zookeeper(): Manifest[] {
  const labels = { app: "zk" };
  const peers = { server: 2888, "leader-election": 3888 };
  const places = ["data_dir=/var/lib/zookeeper/data", "data_log_dir=/var/lib/zookeeper/data/log"];
  const options = [
    "servers=3",
    ...places,
    ..."conf_dir=/opt/zookeeper/conf client_port=2181 election_port=3888 server_port=2888 tick_time=2000".split(" "),
    ..."init_limit=10 sync_limit=5 heap=512M max_client_cnxns=60 snap_retain_count=3 purge_interval=12".split(" "),
    ..."max_session_timeout=40000 min_session_timeout=4000 log_level=INFO".split(" "),
  ];
  const probe = { exec: { command: shell("zookeeper-ready 2181") }, initialDelaySeconds: 10, timeoutSeconds: 5 };
  const apart = {
    labelSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["zk"] }] },
    topologyKey: "kubernetes.io/hostname",
  };
  const server = container("kubernetes-zookeeper", "registry.k8s.io/kubernetes-zookeeper:1.0-3.4.10", {
    imagePullPolicy: "Always",
    resources: resources({ memory: "1Gi", cpu: "0.5" }),
    ports: namedPorts({ client: 2181, ...peers }),
    command: shell(["start-zookeeper", ...options].join(" --")),
    readinessProbe: probe,
    livenessProbe: probe,
    volumeMounts: mounts({ datadir: "/var/lib/zookeeper" }),
  });
  const servicePorts = (of: Record<string, number>) => Object.entries(of).map(([name, port]) => ({ name, port }));
  return [
    service({ name: "zk-hs", labels }, labels, { clusterIP: "None", port: servicePorts(peers) }),
    service({ name: "zk-cs", labels }, labels, { port: servicePorts({ client: 2181 }) }),
    object("policy/v1 PodDisruptionBudget", "zk-pdb", {
      spec: { selector: { matchLabels: labels }, maxUnavailable: 1 },
    }),
    statefulSet("zk", {
      serviceName: "zk-hs",
      replicas: 3,
      updateStrategy: { type: "RollingUpdate" },
      podManagementPolicy: "OrderedReady",
      labels,
      pod: podSpec(server, {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart] } },
        securityContext: { runAsUser: 1000, fsGroup: 1000 },
      }),
      claims: { datadir: claimSpec("10Gi") },
    }),
  ];
}

function queues(): Examples {
  const rabbit = { [NAME]: "task-queue", [BACKEND]: "rabbitmq" };
  return {
    "application/job/rabbitmq/rabbitmq-service.yaml": () => [
      service({ name: "rabbitmq-service", labels: { component: "rabbitmq" } }, rabbit, { port: 5672 }),
    ],
    "application/job/rabbitmq/rabbitmq-statefulset.yaml": () => [
      statefulSet(
        { name: "rabbitmq", labels: { component: "rabbitmq" } },
        {
          replicas: 1,
          serviceName: "rabbitmq-service",
          labels: rabbit,
          pod: podSpec(
            container("rabbitmq", "rabbitmq", {
              ports: ports(5672),
              resources: resources({ memory: "16M" }, { cpu: "250m", memory: "512M" }),
              volumeMounts: mounts({ "rabbitmq-data": "/var/lib/rabbitmq" }),
            }),
            { volumes: [emptyDir("rabbitmq-data")] },
          ),
        },
      ),
    ],
    "application/job/redis/redis-pod.yaml": () => [
      pod(
        { name: "redis-master", labels: { app: "redis" } },
        container("master", "redis", { env: env({ MASTER: "true" }), ports: ports(6379) }),
      ),
    ],
    "application/job/redis/redis-service.yaml": () => [service("redis", { app: "redis" }, { port: 6379 })],
  };
}

function mongo(): Examples {
  const labels = { [NAME]: "mongo", [BACKEND]: "backend" };
  const server = container("mongo", "mongo:4.2", {
    args: ["--bind_ip", "0.0.0.0"],
    resources: resources({ cpu: "100m", memory: "100Mi" }),
    ports: ports(27017),
  });
  return {
    "application/mongodb/mongo-deployment.yaml": () => [
      deployment({ name: "mongo", labels }, { replicas: 1, labels, pod: podSpec(server) }),
    ],
    "application/mongodb/mongo-service.yaml": () => [service({ name: "mongo", labels }, labels, { port: 27017 })],
  };
}
