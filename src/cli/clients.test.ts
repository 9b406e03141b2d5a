/** Other people's clients against the served cluster: the JavaScript and the Python library, and ports forwarded by kubectl. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import workers from "node:worker_threads";
import zlib from "node:zlib";
import type * as Client from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Playground } from "../worker/playground.ts";
import { kubeconfig, serveCluster } from "./cluster-server.ts";
import type { ServedCluster } from "./cluster-server.ts";

const PATIENCE_MS = 10_000;
/** Debian's, which has the library when `python3-kubernetes` is installed. */
const PYTHON = "/usr/bin/python3";
const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
const hasPython = spawnSync(PYTHON, ["-c", "import kubernetes"]).status === 0;
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "drydock-clients-"));
const config = join(folder, "config");

// The library's HTTP client is written for Node 22 and asks for these.
if (!("withResolvers" in Promise)) {
  const withResolvers = (): object => {
    const parts: { resolve?: unknown; reject?: unknown } = {};
    const promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return { promise, ...parts };
  };
  Object.assign(Promise, { withResolvers });
}
if (!("createZstdDecompress" in zlib)) Object.assign(zlib, { createZstdDecompress: zlib.createGunzip });
if (!("markAsUncloneable" in workers)) Object.assign(workers, { markAsUncloneable: () => {} });
const k8s = await import("@kubernetes/client-node");

let served: ServedCluster;
const kc = new k8s.KubeConfig();

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not come true in time");
}

beforeAll(async () => {
  const playground = Playground.create({ seed: 1 });
  await playground.boot();
  served = await serveCluster(playground, { port: 0, speed: 20 });
  writeFileSync(config, kubeconfig(served.address, playground.adminToken));
  kc.loadFromOptions({
    // The library speaks plain HTTP only to servers whose certificates it needn't check.
    clusters: [{ name: "drydock", server: served.address, skipTLSVerify: true }],
    users: [{ name: "drydock", token: playground.adminToken }],
    contexts: [{ name: "drydock", cluster: "drydock", user: "drydock" }],
    currentContext: "drydock",
  });
  const spec = { containers: [{ name: "main", image: "nginx", ports: [{ containerPort: 80 }] }] };
  const core = kc.makeApiClient(k8s.CoreV1Api);
  await core.createNamespacedPod({ namespace: "default", body: { metadata: { name: "web" }, spec } });
  await until(async () => {
    const pod = await core.readNamespacedPodStatus({ name: "web", namespace: "default" });
    return pod.status?.phase === "Running" ? true : undefined;
  });
});

afterAll(() => {
  served.close();
  rmSync(folder, { recursive: true });
});

describe("@kubernetes/client-node", () => {
  const deployment = (replicas: number) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "site", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "site" } },
      template: {
        metadata: { labels: { app: "site" } },
        spec: { containers: [{ name: "web", image: "nginx" }] },
      },
    },
  });

  it("informs of what is there, comes, changes and goes", async () => {
    const core = kc.makeApiClient(k8s.CoreV1Api);
    const seen: string[] = [];
    const list = () => core.listNamespacedConfigMap({ namespace: "default", labelSelector: "informed" });
    const path = "/api/v1/namespaces/default/configmaps";
    const informer = k8s.makeInformer(kc, path, list, "informed");
    for (const event of ["add", "update", "delete"] as const) {
      informer.on(event, (map: Client.V1ConfigMap) => void seen.push(`${event} ${map.metadata?.name}`));
    }
    const body = (name: string) => ({ metadata: { name, labels: { informed: "yes" } } });
    await core.createNamespacedConfigMap({ namespace: "default", body: body("one") });
    await informer.start();
    await core.createNamespacedConfigMap({ namespace: "default", body: body("two") });
    await until(() => (seen.includes("add two") ? true : undefined));
    await core.replaceNamespacedConfigMap({
      name: "two",
      namespace: "default",
      body: { ...body("two"), data: { a: "b" } },
    });
    await core.deleteNamespacedConfigMap({ name: "one", namespace: "default" });
    await until(() => (seen.includes("delete one") ? true : undefined));
    await informer.stop();
    expect(seen).toEqual(["add one", "add two", "update two", "delete one"]);
  });

  it("applies on the server's side, and is told of conflicts", async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(kc);
    const apply = (replicas: number, manager: string, force = false) =>
      objects.patch(deployment(replicas), undefined, undefined, manager, force, k8s.PatchStrategy.ServerSideApply);
    const made = (await apply(1, "first")) as Client.V1Deployment;
    expect(made.metadata?.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual([
      ["first", "Apply"],
    ]);
    await expect(apply(2, "second")).rejects.toMatchObject({
      code: 409,
      body: expect.stringContaining('conflict with \\"first\\": .spec.replicas'),
    });
    expect(((await apply(2, "second", true)) as Client.V1Deployment).spec?.replicas).toBe(2);
  });

  it("patches, watches until it is told to stop, and reads logs", async () => {
    const apps = kc.makeApiClient(k8s.AppsV1Api);
    const watch = new k8s.Watch(kc);
    const seen: string[] = [];
    const controller = await watch.watch(
      "/apis/apps/v1/namespaces/default/deployments",
      { fieldSelector: "metadata.name=site", allowWatchBookmarks: true },
      (type) => void seen.push(type),
      () => {},
    );
    const name = { name: "site", namespace: "default" };
    const patch = [{ op: "replace", path: "/spec/replicas", value: 3 }];
    const patched = await apps.patchNamespacedDeployment({ ...name, body: patch });
    expect(patched.spec?.replicas).toBe(3);
    await until(async () =>
      (await apps.readNamespacedDeployment(name)).status?.readyReplicas === 3 ? true : undefined,
    );
    await until(() => (seen.length > 2 ? true : undefined));
    controller.abort();
    expect([seen[0], seen.every((type) => /^(?:ADDED|MODIFIED|BOOKMARK)$/.test(type))]).toEqual(["ADDED", true]);
    const out = new PassThrough();
    let text = "";
    out.on("data", (piece: Buffer) => (text += piece.toString()));
    await new k8s.Log(kc).log("default", "web", "main", out, { tailLines: 1 });
    await until(() => (text.includes("nginx") || text.includes("start worker") ? true : undefined));
  });

  it("runs commands", async () => {
    const out = new PassThrough();
    let text = "";
    out.on("data", (piece: Buffer) => (text += piece.toString()));
    const status = await new Promise<Client.V1Status>((resolve, reject) => {
      const exec = new k8s.Exec(kc);
      exec
        .exec("default", "web", "main", ["sh", "-c", "echo from $(hostname); exit 3"], out, null, null, false, resolve)
        .catch(reject);
    });
    expect([text, status.status, status.details?.causes?.[0]?.message]).toEqual(["from web\n", "Failure", "3"]);
  });
});

const SCRIPT = `
from kubernetes import client, config, watch, stream
config.load_kube_config(config_file=${JSON.stringify(config)})
core, apps = client.CoreV1Api(), client.AppsV1Api()
core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=client.V1ObjectMeta(name="py"), data={"a": "1"}))
core.patch_namespaced_config_map("py", "default", {"data": {"b": "2"}})
print(sorted(core.read_namespaced_config_map("py", "default").data.items()))
for event in watch.Watch().stream(core.list_namespaced_config_map, "default", field_selector="metadata.name=py", timeout_seconds=5):
    print(event["type"], event["object"].metadata.name)
    break
print(stream.stream(core.connect_get_namespaced_pod_exec, "web", "default", command=["hostname"], stdout=True, stdin=False, stderr=False, tty=False).strip())
print("nginx" in core.read_namespaced_pod_log("web", "default"))
try:
    core.read_namespaced_pod("none", "default")
except client.exceptions.ApiException as error:
    print(error.status, error.reason)
print(len(core.list_node().items), core.delete_namespaced_config_map("py", "default").status)
`;

// Without Debian's python3-kubernetes this shows as skipped.
describe.skipIf(!hasPython)("python3-kubernetes", () => {
  it("creates, patches, watches, runs, reads and deletes", async () => {
    const { stdout } = await run(PYTHON, ["-c", SCRIPT]);
    expect(stdout.trim().split("\n")).toEqual([
      "[('a', '1'), ('b', '2')]",
      "ADDED py",
      "web",
      "True",
      "404 Not Found",
      "4 Success",
    ]);
  });
});

// Without a kubectl on PATH this shows as skipped.
describe.skipIf(!hasKubectl)("kubectl port-forward", () => {
  it("carries requests to a pod's port, and says what is wrong with one where nobody listens", async () => {
    const env = { ...process.env, KUBECONFIG: config, HOME: folder };
    const forward = spawn("kubectl", ["port-forward", "pod/web", ":80", ":81"], { env });
    let said = "";
    for (const stream of [forward.stdout, forward.stderr])
      stream.on("data", (data: Buffer) => (said += data.toString()));
    const ports = await until(() => {
      const found = [...said.matchAll(/127\.0\.0\.1:(\d+) -> (\d+)/g)].map(([, near, far]) => [far, near]);
      return found.length === 2 ? Object.fromEntries(found) : undefined;
    });
    const page = await fetch(`http://127.0.0.1:${ports["80"]}/`);
    expect([page.status, (await page.text()).includes("Welcome to nginx!")]).toEqual([200, true]);
    expect((await fetch(`http://127.0.0.1:${ports["80"]}/none`)).status).toBe(404);
    await expect(fetch(`http://127.0.0.1:${ports["81"]}/`)).rejects.toThrow("fetch failed");
    await until(() => (/dial tcp4 127\.0\.0\.1:81: connect: connection refused/.test(said) ? true : undefined));
    forward.kill();
  });
});
