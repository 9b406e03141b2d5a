import { expect, it } from "vitest";
import type { Job, Pod } from "../../api/generated/types.ts";
import { configMaps, cronJobs, deployments, jobs, pods, services } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

setDeepFreeze(true);

/** What courses and exams let one build of the main images, one after the other on one cluster. */
const test = createTestCluster();
const run = (name: string, spec: object): void =>
  void test.client
    .resource(pods)
    .create({ metadata: { name, namespace: "default", labels: { app: name } }, spec } as never);
const log = (name: string, container?: string): string => test.cluster.podLog("default", name, container);
const pod = (name: string): Pod => test.get(pods, name);
const podOf = (owner: string): Pod =>
  test.list(pods).find(({ metadata }) => metadata.name.startsWith(`${owner}-`)) as Pod;
const logs = { volumes: [{ name: "logs", emptyDir: {} }] };
const mount = { volumeMounts: [{ name: "logs", mountPath: "/opt" }] };

it("a Job ends though its native sidecar follows a log for ever", () => {
  const sidecar = {
    name: "shipper",
    image: "alpine:latest",
    restartPolicy: "Always",
    command: ["sh", "-c", "tail -F /opt/logs.txt"],
    ...mount,
  };
  const main = {
    name: "main",
    image: "alpine:latest",
    command: ["sh", "-c", "echo logging > /opt/logs.txt; sleep 3"],
    ...mount,
  };
  test.client.resource(jobs).create({
    metadata: { name: "shipped", namespace: "default" },
    spec: { template: { spec: { initContainers: [sidecar], containers: [main], restartPolicy: "Never", ...logs } } },
  } as never);
  expect(test.runUntil(() => test.get<Job>(jobs, "shipped").status.succeeded === 1, 60_000)).toBe(true);
  expect(log(podOf("shipped").metadata.name, "shipper")).toBe(
    "tail: can't open '/opt/logs.txt': No such file or directory\nlogging\n",
  );
  expect(podOf("shipped").status.initContainerStatuses?.[0]?.restartCount).toBe(0);
});

it("an adapter rewrites what the main container logs, and nginx shows what a neighbour wrote", () => {
  const writer = 'while true; do echo "$(date +%s) up" >> /opt/raw; date > /opt/index.html; sleep 1; done';
  run("adapted", {
    containers: [
      { name: "main", image: "busybox:1.36", command: ["sh", "-c", writer], ...mount },
      { name: "adapter", image: "busybox:1.36", command: ["sh", "-c", "tail -F /opt/raw | cut -d' ' -f2"], ...mount },
      { name: "web", image: "nginx:1.29.0", volumeMounts: [{ name: "logs", mountPath: "/usr/share/nginx/html" }] },
    ],
    ...logs,
  });
  expect(test.runUntil(() => log("adapted", "adapter").includes("up\nup\n"), 60_000)).toBe(true);
  run("asks", { containers: [{ name: "main", image: "curlimages/curl", command: ["sleep", "3600"] }] });
  expect(test.runUntil(() => pod("asks").status.phase === "Running", 60_000)).toBe(true);
  expect(test.exec("asks", `curl -s ${pod("adapted").status.podIP}`)).toMatch(/ 2026\n$/);
  test.client.resource(pods).delete("default", "adapted");
});

it("an init container waits for a service by name, and another one fetches a page", () => {
  const waits = "until nslookup late.default.svc.cluster.local; do sleep 2; done";
  run("patient", {
    initContainers: [{ name: "wait", image: "busybox:1.28", command: ["sh", "-c", waits] }],
    containers: [{ name: "main", image: "busybox:1.28", command: ["sh", "-c", "echo running; sleep 3600"] }],
  });
  run("fetched", {
    initContainers: [
      {
        name: "install",
        image: "busybox:1.28",
        command: ["wget", "-O", "/opt/index.html", "http://info.cern.ch"],
        ...mount,
      },
    ],
    containers: [{ name: "web", image: "nginx", volumeMounts: [{ name: "logs", mountPath: "/usr/share/nginx/html" }] }],
    ...logs,
  });
  test.run(30_000);
  expect(pod("patient").status.phase).toBe("Pending");
  expect(test.exec("asks", `curl -s ${pod("fetched").status.podIP} | grep -o '<title>.*</title>'`)).toBe(
    "<title>http://info.cern.ch</title>\n",
  );
  test.client
    .resource(services)
    .create({ metadata: { name: "late", namespace: "default" }, spec: { ports: [{ port: 80 }] } });
  expect(test.runUntil(() => pod("patient").status.phase === "Running", 30_000)).toBe(true);
});

it("Redis goes by its ConfigMap once its pod is made again", () => {
  const redis = {
    containers: [
      {
        ...{ name: "redis", image: "redis:5.0.4", command: ["redis-server", "/redis-master/redis.conf"] },
        volumeMounts: [{ name: "config", mountPath: "/redis-master" }],
      },
    ],
    volumes: [{ name: "config", configMap: { name: "redis", items: [{ key: "redis-config", path: "redis.conf" }] } }],
  };
  const config = (text: string) => ({
    metadata: { name: "redis", namespace: "default" },
    data: { "redis-config": text },
  });
  test.client.resource(configMaps).create(config(""));
  run("redis", redis);
  expect(test.runUntil(() => pod("redis").status.phase === "Running", 60_000)).toBe(true);
  const ask = (): string => test.exec("redis", "redis-cli config get maxmemory; redis-cli config get maxmemory-policy");
  expect(ask()).toBe("maxmemory\n0\nmaxmemory-policy\nnoeviction\n");
  const { metadata } = test.get(configMaps, "redis");
  const changed = { ...config("maxmemory 2mb\nmaxmemory-policy allkeys-lru\n"), metadata };
  test.client.resource(configMaps).update(changed as never);
  test.run(90_000);
  expect(ask()).toBe("maxmemory\n0\nmaxmemory-policy\nnoeviction\n");
  test.client.resource(pods).delete("default", "redis");
  expect(test.runUntil(() => !test.list(pods).some(({ metadata }) => metadata.name === "redis"), 60_000)).toBe(true);
  run("redis", redis);
  expect(test.runUntil(() => pod("redis").status.phase === "Running", 60_000)).toBe(true);
  expect(ask()).toBe("maxmemory\n2097152\nmaxmemory-policy\nallkeys-lru\n");
});

it("Jobs compute with perl and python, one fails by its pod's exit code, and a CronJob says hello", () => {
  const job = (name: string, container: object, spec: object = {}): void =>
    void test.client.resource(jobs).create({
      metadata: { name, namespace: "default" },
      spec: { template: { spec: { containers: [{ name: "main", ...container }], restartPolicy: "Never" } }, ...spec },
    } as never);
  job("pi", { image: "perl:5.34.0", command: ["perl", "-Mbignum=bpi", "-wle", "print bpi(20)"] });
  job("snake", { image: "python:3.12", command: ["python3", "-c", "print('hello')"] });
  const rules = [{ action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } }];
  job(
    "fails",
    { image: "bash:5", command: ["bash", "-c", "exit 42"] },
    { backoffLimit: 6, podFailurePolicy: { rules } },
  );
  const hello = { name: "hello", image: "busybox:1.28", command: ["/bin/sh", "-c", "date; echo Hello"] };
  test.client.resource(cronJobs).create({
    metadata: { name: "hello", namespace: "default" },
    spec: {
      schedule: "* * * * *",
      jobTemplate: { spec: { template: { spec: { containers: [hello], restartPolicy: "OnFailure" } } } },
    },
  } as never);
  test.run(90_000);
  expect([log(podOf("pi").metadata.name), log(podOf("snake").metadata.name)]).toEqual([
    "3.1415926535897932385\n",
    "hello\n",
  ]);
  expect(test.get<Job>(jobs, "fails").status.conditions?.find(({ type }) => type === "Failed")?.reason).toBe(
    "PodFailurePolicy",
  );
  expect(log(podOf("hello").metadata.name)).toMatch(/^\w{3} Jan +1 [\d:]+ UTC 2026\nHello\n$/);
});

it("a rollout to an image that doesn't exist stands still, and goes back", () => {
  const deployment = (image: string) => ({
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "nginx", image }] } },
    },
  });
  const ready = (): number | undefined => test.get(deployments, "web").status.readyReplicas;
  test.client.resource(deployments).create(deployment("nginx:1.28.0") as never);
  expect(test.runUntil(() => ready() === 3, 90_000)).toBe(true);
  const change = (image: string): void => {
    const { metadata } = test.get(deployments, "web");
    test.client.resource(deployments).update({ ...deployment(image), metadata } as never);
  };
  change("nginx:1.91");
  test.run(60_000);
  const waiting = (): string[] =>
    test.list(pods).flatMap(({ status }) => status.containerStatuses?.[0]?.state?.waiting?.reason ?? []);
  expect([ready(), waiting()]).toEqual([3, ["ImagePullBackOff"]]);
  change("nginx:1.28.0");
  expect(test.runUntil(() => waiting().length === 0 && ready() === 3, 60_000)).toBe(true);
});
