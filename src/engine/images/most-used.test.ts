import { expect, it } from "vitest";
import { setDeepFreeze } from "../base/freeze.ts";
import { TestNode } from "../kubelet/testing/test-node.ts";

setDeepFreeze(true);

interface Row {
  image: string;
  args?: string[];
  env?: Record<string, string>;
  /** User and title of its first process. */
  runs: string;
  port?: number;
  /** Somewhere in its log. */
  says?: RegExp;
  /** It can't go on like this: the exit code. */
  ends?: number;
}

const SLEEP = { args: ["sleep", "1d"], runs: "root sleep 1d" };
const password = { MYSQL_ROOT_PASSWORD: "pw", POSTGRES_PASSWORD: "pw" };

/**
 * The images that most collections of manifests use, as somebody starts them with `kubectl run`. etcd and the ingress
 * controller come with the cluster and are tested there.
 */
const table: readonly Row[] = [
  { image: "nginx", runs: "root nginx: master process nginx -g daemon off;", port: 80, says: /start worker process 8/ },
  { image: "nginx:1.14.2", runs: "root nginx: master process nginx -g daemon off;", port: 80 },
  { image: "registry.k8s.io/nginx-slim:0.24", runs: "root nginx: master process nginx -g daemon off;", port: 80 },
  { image: "busybox", ...SLEEP },
  { image: "alpine", ...SLEEP },
  { image: "ubuntu", ...SLEEP },
  { image: "debian", ...SLEEP },
  { image: "bash", ...SLEEP },
  { image: "redis", runs: "redis redis-server *:6379", port: 6379, says: /Ready to accept connections/ },
  { image: "gcr.io/google_samples/gb-redisslave:v1", runs: "redis redis-server *:6379", says: /Connecting to MASTER/ },
  { image: "mysql", runs: "", ends: 1, says: /password option is not specified/ },
  { image: "mysql:8.0", env: password, runs: "mysql mysqld", port: 3306, says: /ready for connections/ },
  { image: "mongo", runs: "mongodb mongod", port: 27017, says: /Waiting for connections/ },
  { image: "postgres", runs: "", ends: 1, says: /superuser password is not specified/ },
  { image: "postgres:16", env: password, runs: "postgres postgres", port: 5432, says: /ready to accept connections/ },
  { image: "registry.k8s.io/pause:3.10", runs: "65535 /pause" },
  { image: "httpd", runs: "root httpd -DFOREGROUND", port: 80, says: /resuming normal operations/ },
  { image: "python", runs: "", ends: 0 },
  { image: "python:3", args: ["python", "-m", "http.server"], runs: "root python -m http.server", port: 8000 },
  { image: "polinux/stress", args: ["stress", "--cpu", "1"], runs: "root stress --cpu 1", says: /dispatching hogs/ },
  { image: "vish/stress", args: ["-cpus", "1"], runs: "root /stress -cpus 1", says: /Spawning a thread/ },
  { image: "curlimages/curl", runs: "", ends: 2, says: /no URL specified/ },
  { image: "rabbitmq", runs: "rabbitmq /opt/erlang", port: 5672, says: /Server startup complete/ },
  {
    image: "quay.io/fluentd_elasticsearch/fluentd:v5.0.1",
    runs: "root /usr/bin/fluentd",
    says: /worker is now running/,
  },
  { image: "prom/prometheus", runs: "nobody /bin/prometheus", port: 9090, says: /Server is ready/ },
  { image: "registry.k8s.io/hpa-example", runs: "root apache2 -DFOREGROUND", port: 80 },
  {
    image: "hashicorp/http-echo",
    args: ["-text=hi"],
    runs: "root /http-echo -text=hi",
    port: 5678,
    says: /listening on/,
  },
  { image: "envoyproxy/envoy:v1.34.0", runs: "root /usr/local/bin/envoy", port: 9901, says: /main dispatch loop/ },
  { image: "registry.k8s.io/e2e-test-images/agnhost:2.53", runs: "root /agnhost pause", says: /Paused/ },
  {
    image: "perl",
    args: ["perl", "-Mbignum=bpi", "-wle", "print bpi(20)"],
    runs: "",
    ends: 0,
    says: /^3\.14159265358979/,
  },
  { image: "cassandra", runs: "cassandra /opt/java/openjdk/bin/java", port: 9042, says: /Startup complete/ },
  { image: "wordpress", runs: "root apache2 -DFOREGROUND", port: 80, says: /successfully copied/ },
  { image: "php:8-apache", runs: "root apache2 -DFOREGROUND", port: 80 },
  { image: "registry.k8s.io/test-webserver", runs: "root /test-webserver", port: 80 },
  { image: "gcr.io/google-samples/hello-app:1.0", runs: "root /hello-app", port: 8080, says: /listening on port 8080/ },
  { image: "gcr.io/google-samples/gb-frontend:v5", runs: "root /usr/local/bin/apache2-foreground", port: 80 },
  { image: "monopole/hello:1", runs: "root /hello", port: 8080 },
  { image: "kubernetesui/dashboard:v2.7.0", runs: "root /dashboard", port: 8443 },
  { image: "kubernetesui/metrics-scraper:v1.0.8", runs: "root /metrics-sidecar", port: 8000 },
  { image: "minio/minio", runs: "", ends: 1, says: /USAGE/ },
  { image: "minio/minio:latest", args: ["server", "/data"], runs: "root minio server", port: 9000 },
  { image: "weaveworksdemos/front-end:0.3.12", runs: "root /usr/local/bin/npm", port: 8079, says: /App now running/ },
  { image: "weaveworksdemos/catalogue:0.3.5", runs: "root /app", port: 80 },
  { image: "gcr.io/kuar-demo/kuard-amd64:blue", runs: "root /kuard", port: 8080, says: /Starting kuard/ },
  { image: "luksa/kiada:0.5", runs: "root /usr/local/bin/node", port: 8080, says: /Listening on port 8080/ },
  { image: "ghcr.io/stefanprodan/podinfo", runs: "root /home/app/podinfo", port: 9898, says: /Starting HTTP Server/ },
  { image: "quay.io/openshiftlabs/simpleservice:0.5.0", runs: "root /app", port: 9876 },
  { image: "bitnami/nginx", runs: "1001 nginx: master process nginx", port: 8080, says: /setup finished/ },
  { image: "bitnami/redis", runs: "", ends: 1, says: /REDIS_PASSWORD environment variable is empty/ },
];

it("the most used images run as whom they do in life, on their ports, in their words, or end as they would", () => {
  const node = new TestNode();
  node.bind("client", { containers: [{ name: "app", image: "busybox", command: ["sleep", "1d"] }] });
  for (const [at, { image, args, env = {} }] of table.entries()) {
    const variables = Object.entries(env).map(([name, value]) => ({ name, value }));
    node.bind(`p-${at}`, {
      restartPolicy: "Never",
      containers: [{ name: "app", image, env: variables, ...(args !== undefined && { args }) }],
    });
  }
  node.sim.runUntil(node.sim.now + 240_000);
  const found = table.map(({ image, runs, says }, at) => {
    const container = node.kubelet.worker("default", `p-${at}`)?.slots[0]?.current;
    const ended = node.pod(`p-${at}`).status.containerStatuses?.[0]?.state?.terminated?.exitCode;
    const [first] = container?.running === true ? container.processes : [];
    const shown = first === undefined ? "" : `${first.user} ${first.argv.join(" ")}`;
    const log = (container?.log.since(0) ?? []).map(({ text }) => text).join("\n");
    return {
      ...{ image, ended },
      runs: shown.startsWith(runs) && (runs === "") === (shown === "") ? runs : shown,
      says: says === undefined || says.test(log) ? says : log,
      uses: first === undefined || (container?.used().memoryBytes ?? 0) > 0 || shown.includes("sleep"),
    };
  });
  const expected = table.map(({ image, runs, says, ends }) => ({ image, ended: ends, runs, says, uses: true }));
  expect(found).toEqual(expected);
  const places = table.flatMap(({ port }, at) =>
    port === undefined ? [] : [`${node.pod(`p-${at}`).status.podIP} ${port}`],
  );
  const ask = places.map((place) => `nc -z -w 1 ${place} || echo closed ${place}`).join("; ");
  expect(node.exec("client", ask)).toBe("");
});
