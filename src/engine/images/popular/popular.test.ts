import { expect, it } from "vitest";
import type { Pod } from "../../api/generated/types.ts";
import { clusterRoleBindings, configMaps, deployments, pods, services } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { createTestCluster } from "../../cluster/testing/test-cluster.ts";

setDeepFreeze(true);

const test = createTestCluster();
const run = (name: string, image: string, container: object = {}, spec: object = {}): void =>
  void test.client.resource(pods).create({
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: { containers: [{ name: "main", image, ...container }], ...spec },
  } as never);
const expose = (name: string, port: number): void =>
  void test.client.resource(services).create({
    metadata: { name, namespace: "default" },
    spec: { selector: { app: name }, ports: [{ port }] },
  });
const log = (name: string): string => test.cluster.podLog("default", name);
const ended = (name: string): number | undefined => {
  const { state, lastState } = (test.get(pods, name) as Pod).status.containerStatuses?.[0] ?? {};
  return (state?.terminated ?? lastState?.terminated)?.exitCode;
};

run("client", "debian", { command: ["sleep", "infinity"] });

it("WordPress can't work without its database, is installed by its form, and keeps what it was told there", () => {
  const wordpress = [
    { name: "WORDPRESS_DB_HOST", value: "db" },
    { name: "WORDPRESS_DB_USER", value: "root" },
    { name: "WORDPRESS_DB_PASSWORD", value: "pw" },
  ];
  run("blog", "wordpress:6.2.1-apache", { env: wordpress });
  expose("blog", 80);
  expose("db", 3306);
  test.run(30_000);
  expect(test.exec("client", "curl -s -w ' %{http_code}' blog")).toMatch(
    /Error establishing a database connection.* 500$/s,
  );
  run("db", "mysql:8.0", {
    env: [
      { name: "MYSQL_ROOT_PASSWORD", value: "pw" },
      { name: "MYSQL_DATABASE", value: "wordpress" },
    ],
  });
  test.run(60_000);
  expect(test.exec("client", "curl -s -o /dev/null -w '%{http_code}' blog; curl -sL blog | grep -o five-minute")).toBe(
    "302five-minute\n",
  );
  const form = "-d weblog_title=Harbour -d user_name=me";
  expect(test.exec("client", `curl -s ${form} 'blog/wp-admin/install.php?step=2'`)).toContain("<h1>Success!</h1>");
  test.client.resource(pods).delete("default", "blog");
  test.run(40_000);
  run("blog", "wordpress", { env: wordpress });
  test.run(30_000);
  expect(test.exec("client", "curl -s blog")).toContain("<h1>Harbour</h1>");
});

it("HAProxy passes on to its servers in turn, and ends without a configuration", () => {
  const config =
    "defaults\n  mode http\nfrontend in\n  bind *:8080\n  acl a path /x\n  default_backend who\nbackend who\n  server a who-a:80\n  server b who-b:80\n";
  test.client
    .resource(configMaps)
    .create({ metadata: { name: "ha", namespace: "default" }, data: { "haproxy.cfg": config } });
  const mount = { volumeMounts: [{ name: "config", mountPath: "/usr/local/etc/haproxy" }] };
  run("ha", "haproxy:3.0", mount, { volumes: [{ name: "config", configMap: { name: "ha" } }] });
  run("bare", "haproxy:3.0");
  for (const name of ["who-a", "who-b"]) {
    run(name, "traefik/whoami");
    expose(name, 80);
  }
  expose("ha", 8080);
  test.run(30_000);
  expect(ended("bare")).toBe(1);
  expect(log("bare")).toContain("Cannot open configuration file/directory /usr/local/etc/haproxy/haproxy.cfg");
  expect(log("ha")).toContain("Drydock: without effect in this playground: acl a path /x\n");
  const asked = test.exec("client", "for i in 1 2 3; do curl -s ha:8080 | head -n 1; done");
  expect(asked).toBe("Hostname: who-a\nHostname: who-b\nHostname: who-a\n");
  test.client.resource(pods).delete("default", "who-a");
  test.run(5000);
  expect(test.exec("client", "for i in 1 2; do curl -s ha:8080 | head -n 1; done")).toBe(
    "Hostname: who-b\nHostname: who-b\n",
  );
});

it("memcached keeps what it is given for as long as it is told", () => {
  run("cache", "memcached:1.6", { args: ["-m", "64", "-t", "2"] });
  expose("cache", 11_211);
  test.run(20_000);
  const say = (...lines: string[]): string =>
    test.exec("client", `printf '${lines.join("\\r\\n")}\\r\\n' | nc -w 1 cache 11211`).replaceAll("\r", "");
  expect(log("cache")).toBe(
    "Drydock: -t has no effect in this playground\nDrydock: 2 has no effect in this playground\n",
  );
  expect(say("set n 0 0 1", "7", "incr n 3", "get n", "add n 0 0 1", "1", "nonsense", "quit")).toBe(
    "STORED\n10\nVALUE n 0 2\n10\nEND\nNOT_STORED\nERROR\n",
  );
  expect(say("set short 0 5 2", "ab", "quit")).toBe("STORED\n");
  test.run(6000);
  expect(say("get short", "delete n", "quit")).toBe("END\nDELETED\n");
});

it("stress-ng takes what it is asked to and refuses what it doesn't know", () => {
  const resources = { limits: { memory: "100Mi" } };
  run("hungry", "polinux/stress-ng", { args: ["--vm", "1", "--vm-bytes", "200M"], resources });
  run("brief", "alexeiled/stress-ng", { args: ["--cpu", "1", "--timeout", "5s"] }, { restartPolicy: "Never" });
  run("other", "alexeiled/stress-ng", { args: ["--matrix", "1"] }, { restartPolicy: "Never" });
  test.run(30_000);
  expect((test.get(pods, "hungry") as Pod).status.containerStatuses?.[0]?.lastState?.terminated?.reason).toBe(
    "OOMKilled",
  );
  expect([ended("brief"), ended("other")]).toEqual([0, 1]);
  expect(log("other")).toContain("stress-ng: unrecognized option '--matrix'\n");
});

it("small web images show what they are known for", () => {
  run("colour", "kodekloud/webapp-color", { env: [{ name: "APP_COLOR", value: "pink" }] });
  run("grey", "kodekloud/webapp-color", { args: ["--color", "grey"] });
  run("php", "php:8.2-apache");
  run("tomcat", "tomcat:10.1");
  run(
    "sites",
    "debian",
    { command: ["cat", "/v/dir/file", "/v/file"], volumeMounts: [{ name: "v", mountPath: "/v" }] },
    {
      volumes: [{ name: "v", image: { reference: "quay.io/crio/artifact:v1" } }],
      restartPolicy: "Never",
    },
  );
  const tune = { command: ["sysctl", "-w", "vm.max_map_count=262144"] };
  run("tuned", "busybox", { ...tune, securityContext: { privileged: true } }, { restartPolicy: "Never" });
  run("untuned", "busybox", tune, { restartPolicy: "Never" });
  test.run(40_000);
  const ip = (name: string): string => (test.get(pods, name) as Pod).status.podIP ?? "";
  expect(test.exec("client", `curl -s ${ip("colour")}:8080`)).toMatch(/#be2edd.*Hello from colour!/s);
  expect(ended("grey")).toBe(1);
  expect(
    test.exec("php", "echo hi > index.html; echo '<?php' > a.php; curl -s localhost; curl -s localhost/a.php"),
  ).toBe("hi\nDrydock: this playground runs no PHP; files without it are served.\n");
  expect(test.exec("tomcat", "curl -s localhost:8080 | grep -o 'Not Found' | head -n 1")).toBe("Not Found\n");
  expect(test.exec("tomcat", "cp -r webapps.dist/ROOT webapps; curl -s localhost:8080")).toBe(
    "<h1>Apache Tomcat</h1>\n",
  );
  expect(log("tuned") + log("untuned")).toBe(
    'vm.max_map_count = 262144\nsysctl: setting key "vm.max_map_count": Read-only file system\n',
  );
  expect(log("sites")).toBe("1\n2\n");
});

it("cluster-proportional-autoscaler gives DNS as many replicas as nodes ask for, by a ConfigMap that it makes itself", () => {
  const { client } = test;
  const admin = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" };
  client.resource(clusterRoleBindings).create({
    metadata: { name: "autoscaler" },
    roleRef: admin,
    subjects: [{ kind: "ServiceAccount", name: "default", namespace: "default" }],
  });
  const start = (name: string, ...more: string[]): void =>
    run(name, "registry.k8s.io/cpa/cluster-proportional-autoscaler:1.8.4", {
      command: ["/cluster-proportional-autoscaler", "--namespace=kube-system", "--configmap=dns-autoscaler", ...more],
    });
  const line = JSON.stringify({ linear: { nodesPerReplica: 2, preventSinglePointFailure: true } });
  client.resource(deployments).patch("kube-system", "coredns", { spec: { replicas: 1 } });
  start("dns-autoscaler", "--target=deployment/coredns", `--default-params=${line}`, "--logtostderr=true", "--v=2");
  start("placeholder", "--target=<SCALE_TARGET>");
  start("mistyped", "--targt=deployment/coredns");
  test.run(20_000);
  const replicas = (): number | undefined => test.get(deployments, "coredns", "kube-system").spec.replicas;
  expect(replicas()).toBe(2);
  expect(
    log("dns-autoscaler")
      .split("\n")
      .map((text) => text.replace(/^I\S+ \S+ +1 \S+ /, "").replace(/new: \d+/, "new: 1")),
  ).toEqual([
    "Scaling Namespace: kube-system, Target: deployment/coredns",
    'ConfigMap not found: configmaps "dns-autoscaler" not found, will create one with default params',
    "Created ConfigMap dns-autoscaler in namespace kube-system",
    "Set control mode to linear",
    "ConfigMap version change (old:  new: 1) - rebuilding params",
    "Params from apiserver: ",
    '{"nodesPerReplica":2,"preventSinglePointFailure":true}',
    "Cluster status: SchedulableNodes[4], SchedulableCores[16]",
    "Replicas are not as expected : updating replicas from 1 to 2",
    "",
  ]);
  client.resource(configMaps).patch("kube-system", "dns-autoscaler", {
    data: { linear: null, ladder: '{"nodesToReplicas":[[1,1],[3,3],[9,5]]}' },
  });
  test.run(11_000);
  expect(replicas()).toBe(3);
  expect([ended("placeholder"), ended("mistyped")]).toEqual([1, 2]);
  expect(log("placeholder")).toContain("options.go:107] Target format error. Please use deployment/*");
});

it("amicontained tells what a container may do", () => {
  run("free", "jess/amicontained:v0.4.9", { command: ["/bin/sh", "-c", "--"], args: ["amicontained"] });
  const securityContext = {
    seccompProfile: { type: "RuntimeDefault" },
    capabilities: { add: ["SYS_TIME"], drop: ["ALL"] },
  };
  run("bound", "jess/amicontained:v0.4.9", { securityContext });
  test.run(20_000);
  expect(log("free")).toContain(
    "\tBOUNDING -> chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap\nSeccomp: disabled\nBlocked Syscalls (21):\n",
  );
  expect(log("bound")).toContain("\tBOUNDING -> sys_time\nSeccomp: filtering\nBlocked Syscalls (55):\n");
});

it("small images of single pages do what their pages show", () => {
  run("errors", "registry.k8s.io/ingress-nginx/custom-error-pages:v1.2.9");
  run("auth", "gcr.io/k8s-staging-ingress-nginx/ext-auth-example-authsvc:v1.0.0");
  run("echo", "registry.k8s.io/ingress-nginx/e2e-test-echo:v1.2.9");
  run("dns-backend", "registry.k8s.io/example-dns-backend:v2");
  expose("dns-backend", 8000);
  const ends = { restartPolicy: "Never" };
  const asks = (name: string, url: string): void =>
    run(name, "registry.k8s.io/example-dns-frontend:v1", { command: ["python", "client.py", url] }, ends);
  run("sleeper", "gcr.io/k8s-staging-perf-tests/sleep:latest", { args: ["2s"] }, ends);
  run("restless", "gcr.io/k8s-staging-perf-tests/sleep:latest", { args: ["2"] }, ends);
  run("whereami", "us-docker.pkg.dev/google-samples/containers/gke/whereami:v1.2.27", {
    env: [{ name: "GRPC_ENABLED", value: "True" }],
    readinessProbe: { grpc: { port: 9090 } },
  });
  test.run(15_000);
  asks("asks", "http://dns-backend.default.svc.cluster.local:8000");
  asks("lost", "http://dns-backend.nowhere:8000");
  test.run(20_000);
  const ip = (name: string): string => (test.get(pods, name) as Pod).status.podIP ?? "";
  const curl = (name: string, more = ""): string =>
    test.exec("client", `curl -s -w ' %{http_code}' ${more} '${ip(name)}:8080/${more === "" ? "" : "?x"}'`);
  expect(curl("errors")).toBe("<span>The page you're looking for could not be found.</span>\n 404");
  expect(curl("errors", "-H 'X-Code: 503' -H 'X-Format: application/json'")).toBe('{ "message": "5xx json" }\n 503');
  expect([curl("auth"), curl("auth", "-H 'User: internal'")]).toEqual(["unauthorized 403", "ok 200"]);
  expect(curl("echo", "-H 'UserID: 7' -H 'UserRole: admin'")).toBe("UserID: 7, UserRole: admin 200");
  expect([ended("sleeper"), ended("restless"), ended("asks"), ended("lost")]).toEqual([0, 1, 0, 1]);
  expect(log("asks")).toMatch(/^10\.\S+\nSend request to: \S+\n<Response \[200\]>\nHello World!\n$/);
  expect(log("lost")).toBe("socket.gaierror: [Errno -2] Name or service not known\n");
  expect((test.get(pods, "whereami") as Pod).status.containerStatuses?.[0]?.ready).toBe(true);
});
