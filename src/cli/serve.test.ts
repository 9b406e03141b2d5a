/** The served cluster as real clients see it: over HTTP, over WebSockets, and through the kubectl of this machine. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { clusterKeys } from "../engine/sim/cluster-keys.ts";
import { Playground } from "../worker/playground.ts";
import { kubeconfig, serveCluster } from "./cluster-server.ts";
import type { ServedCluster } from "./cluster-server.ts";

const SPEED = 20;
const PATIENCE_MS = 10_000;
const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;

let served: ServedCluster;
const folder = mkdtempSync(join(tmpdir(), "drydock-serve-"));

const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: "main", image: "nginx" }] },
});
const PODS = "/api/v1/namespaces/default/pods";

function send(method: string, path: string, body: object, type = "application/json"): Promise<Response> {
  return fetch(served.address + path, { method, headers: { "content-type": type }, body: JSON.stringify(body) });
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(served.address + path, { headers });

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not come true in time");
}

async function running(name: string): Promise<void> {
  await until(async () => {
    const { status } = (await (await get(`${PODS}/${name}`)).json()) as { status?: { phase?: string } };
    return status?.phase === "Running" ? true : undefined;
  });
}

beforeAll(async () => {
  const playground = Playground.create({ seed: 1 });
  await playground.boot();
  served = await serveCluster(playground, { port: 0, speed: SPEED });
  writeFileSync(join(folder, "config"), kubeconfig(served.address, playground.adminToken));
  await send("POST", PODS, pod("web"));
  await running("web");
});

afterAll(() => {
  served.close();
  rmSync(folder, { recursive: true });
});

describe("over HTTP", () => {
  it("gets pods of all namespaces as a table", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const table = (await (await get("/api/v1/pods", { accept })).json()) as {
      kind: string;
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    };
    expect(table.kind).toBe("Table");
    expect(table.columnDefinitions.slice(0, 3).map(({ name }) => name)).toEqual(["Name", "Ready", "Status"]);
    expect(table.rows.some(({ cells }) => String(cells[0]).startsWith("kube-apiserver"))).toBe(true);
  });

  it("streams a watch while things happen", async () => {
    const stop = new AbortController();
    const watch = await fetch(`${served.address}${PODS}?watch=true&labelSelector=app%3Dwatched`, {
      signal: stop.signal,
    });
    await send("POST", PODS, pod("watched"));
    const reader = (watch.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (!text.includes('"phase":"Running"')) text += decoder.decode((await reader.read()).value, { stream: true });
    expect(text.startsWith('{"type":"ADDED"')).toBe(true);
    expect(text).toContain('{"type":"MODIFIED"');
    stop.abort();
    expect((await fetch(`${served.address}${PODS}/watched`, { method: "DELETE" })).status).toBe(200);
  });

  it("patches, and gives logs", async () => {
    const labels = { metadata: { labels: { tier: "front" } } };
    const patched = await send("PATCH", `${PODS}/web`, labels, "application/strategic-merge-patch+json");
    expect(await patched.json()).toMatchObject({ metadata: { labels: { app: "web", tier: "front" } } });
    expect(await (await get(`${PODS}/web/log`)).text()).toContain("nginx");
    const missing = await get(`${PODS}/web/log?container=none`);
    expect([missing.status, await missing.json()]).toMatchObject([
      400,
      { message: "container none is not valid for pod web" },
    ]);
  });

  it("compresses what is large, and refuses a body that is too large", async () => {
    const data = { text: "x".repeat(200_000) };
    const maps = "/api/v1/namespaces/default/configmaps";
    const big = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "big" }, data };
    await send("POST", maps, big);
    const answer = await get(maps, { "accept-encoding": "gzip" });
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    const list = (await answer.json()) as { items: (typeof big)[] };
    expect(list.items.find(({ metadata }) => metadata.name === "big")?.data).toEqual(data);
    const small = await get(`${maps}/kube-root-ca.crt`, { "accept-encoding": "gzip" });
    expect(small.headers.get("content-encoding")).toBeNull();
    const huge = await send("POST", maps, { ...big, data: { text: "x".repeat(4_000_000) } });
    expect([huge.status, await huge.json()]).toMatchObject([
      413,
      { reason: "RequestEntityTooLarge", message: "Request entity too large: limit is 3145728" },
    ]);
  });

  it("moves the clock when told to", async () => {
    const clock = async () => ((await (await get("/drydock/clock")).json()) as { elapsedMs: number }).elapsedMs;
    const before = await clock();
    expect((await send("POST", "/drydock/clock", { advance: "1h" })).status).toBe(200);
    expect((await clock()) - before).toBeGreaterThanOrEqual(3_600_000);
    expect((await send("POST", "/drydock/clock", { speed: "fast" })).status).toBe(400);
  });
});

/** Opens `path` as kubectl does; gathers what comes on each channel until the server closes. */
function channels(path: string, talk: (socket: WebSocket, seen: () => string) => void = () => {}): Promise<string[]> {
  const socket = new WebSocket(served.address.replace("http", "ws") + path, "v5.channel.k8s.io");
  const texts = ["", "", "", ""];
  socket.on("open", () => talk(socket, () => texts[1] as string));
  return new Promise((resolve, reject) => {
    socket.on("message", (data: Buffer) => (texts[data[0] as number] += data.subarray(1).toString("utf8")));
    socket.on("close", () => resolve(texts));
    socket.on("error", reject);
  });
}

function execPath(flags: string, ...command: string[]): string {
  return `${PODS}/web/exec?${command.map((word) => `command=${encodeURIComponent(word)}`).join("&")}&${flags}`;
}

const frame = (channel: number, payload: string | number[]): Buffer =>
  Buffer.concat([Buffer.of(channel), Buffer.from(payload as string)]);

describe("over WebSockets", () => {
  it("runs a command: output, errors and how it ended on channels of their own", async () => {
    const [, out, err, status] = await channels(
      execPath("stdout=true&stderr=true", "sh", "-c", "echo hé; echo no >&2; exit 3"),
    );
    expect([out, err]).toEqual(["hé\n", "no\n"]);
    expect(JSON.parse(status ?? "")).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: "3" }] },
    });
  });

  it("feeds standard input, cut anywhere, until the client closes that channel", async () => {
    const [, out, , status] = await channels(execPath("stdin=true&stdout=true", "cat"), (socket) => {
      const text = Buffer.from("fähre\n");
      socket.send(frame(0, [...text.subarray(0, 2)]));
      socket.send(frame(0, [...text.subarray(2)]));
      socket.send(frame(255, [0]));
    });
    expect(out).toBe("fähre\n");
    expect(JSON.parse(status ?? "")).toMatchObject({ status: "Success" });
  });

  it("is a terminal when asked for one: what is typed is shown, and lines run as they are finished", async () => {
    const [, out, , status] = await channels(execPath("stdin=true&stdout=true&tty=true", "sh"), (socket) => {
      socket.send(frame(4, '{"Width":100,"Height":40}'));
      socket.send(frame(4, '{"Width":0,"Height":0}'));
      for (const key of "echo in $(hostname); exit 4\r") socket.send(frame(0, key));
    });
    expect(out).toContain("# echo in $(hostname); exit 4");
    expect(out).toContain("in web\r\n");
    expect(out).not.toContain("\x1b[1A");
    expect(JSON.parse(status ?? "").details.causes[0].message).toBe("4");
  });

  it("refuses before the handshake what the API server refuses", async () => {
    await expect(channels(`${PODS}/none/exec?command=ls&stdout=true`)).rejects.toThrow("404");
    const other = new WebSocket(`${served.address.replace("http", "ws")}${execPath("stdout=true", "ls")}`, "chat");
    await expect(new Promise((_, reject) => other.on("error", reject))).rejects.toThrow("400");
  });

  it("tells on the error channel what fails behind it", async () => {
    const [, , , status] = await channels(execPath("stdout=true", "no-such-command"));
    expect(JSON.parse(status ?? "").message).toContain("executable file not found in $PATH");
  });
});

const run = promisify(execFile);

async function kubectl(...args: string[]): Promise<string> {
  return (await run("kubectl", args, { env: { ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder } }))
    .stdout;
}

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: site }
spec:
  replicas: 2
  selector: { matchLabels: { app: site } }
  template:
    metadata: { labels: { app: site } }
    spec: { containers: [{ name: web, image: "nginx:1.27" }] }
`;

// Without a kubectl on PATH these show as skipped.
describe.skipIf(!hasKubectl)("through this machine's kubectl", () => {
  it("get pods -A, apply -f, get -w, logs, delete", async () => {
    expect(await kubectl("get", "pods", "-A")).toMatch(/kube-system +coredns-\S+ +1\/1 +Running/);
    const file = join(folder, "site.yaml");
    writeFileSync(file, DEPLOYMENT);
    const env = { ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder };
    const watch = spawn("kubectl", ["get", "deploy", "-w"], { env });
    let watched = "";
    watch.stdout.on("data", (data: Buffer) => (watched += data.toString()));
    expect(await kubectl("apply", "-f", file)).toBe("deployment.apps/site created\n");
    expect(await kubectl("apply", "-f", file)).toBe("deployment.apps/site unchanged\n");
    expect(await kubectl("rollout", "status", "deploy/site")).toContain('deployment "site" successfully rolled out');
    await until(async () => (/site +2\/2/.test(watched) ? true : undefined));
    watch.kill();
    expect(await kubectl("logs", "deploy/site")).toContain("nginx");
    expect(await kubectl("delete", "-f", file)).toContain('deployment.apps "site" deleted');
  });

  it("typed commands, which send protobuf", async () => {
    expect(await kubectl("create", "deployment", "typed", "--image=nginx")).toBe("deployment.apps/typed created\n");
    expect(await kubectl("expose", "deployment", "typed", "--port=80")).toBe("service/typed exposed\n");
    expect(await kubectl("create", "secret", "generic", "key", "--from-literal=p=ü")).toBe("secret/key created\n");
    expect(await kubectl("get", "secret", "key", "-o", "jsonpath={.data.p}")).toBe("w7w=");
    expect(await kubectl("create", "ns", "team")).toBe("namespace/team created\n");
    const forced = ["delete", "pod", "-l", "app=typed", "--grace-period=0", "--force"];
    await kubectl("rollout", "status", "deploy/typed");
    expect(await kubectl(...forced)).toMatch(/pod "typed-\S+" force deleted/);
  });

  it("exec, and run -it --rm", async () => {
    expect(await kubectl("exec", "web", "--", "hostname")).toBe("web\n");
    await expect(kubectl("exec", "web", "--", "sh", "-c", "exit 7")).rejects.toMatchObject({ code: 7 });
    const job = ["run", "job", "-i", "--rm", "--image=busybox", "--restart=Never", "--", "echo", "done"];
    expect(await kubectl(...job)).toContain("done");
  });
});

describe("who sends what credential", () => {
  const whoAmI = (address: string, headers: Record<string, string> = {}) =>
    fetch(`${address}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }),
    });

  it("nobody's is the administrator's, the token's its own, a wrong one nobody's", async () => {
    const open = await whoAmI(served.address);
    expect((await open.json()).status.userInfo.username).toBe("kubernetes-admin");
    expect((await whoAmI(served.address, { authorization: "Bearer wrong" })).status).toBe(401);
  });

  it("--anonymous lets only those in who say who they are", async () => {
    const playground = Playground.create({ seed: 1, preset: "empty" });
    const closed = await serveCluster(playground, { port: 0, speed: 0, anonymous: true });
    try {
      expect((await whoAmI(closed.address)).status).toBe(403);
      const known = await whoAmI(closed.address, { authorization: `Bearer ${playground.adminToken}` });
      expect((await known.json()).status.userInfo.username).toBe("kubernetes-admin");
    } finally {
      closed.close();
    }
  });

  it("--tls: a certificate of the cluster's authority names its user, over a handshake that proves the key", async () => {
    const playground = Playground.create({ seed: 1, preset: "empty" });
    const secure = await serveCluster(playground, { port: 0, speed: 0, anonymous: true, tls: true });
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const request = {
      subject: [["CN", "jane"]] as const,
      publicKey: [...publicKey.export({ type: "spki", format: "der" })],
      alternativeNames: [],
    };
    const { now } = playground.sim;
    const terms = { notBefore: now, notAfter: now + 3_600_000, purposes: ["clientAuth"] as const };
    const cert = clusterKeys(playground.sim).authority.issue(request, terms);
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const ask = (credential: object): Promise<string> =>
      new Promise((resolve, reject) => {
        const options = { method: "POST", ca: secure.authority, agent: false, ...credential };
        const sent = https.request(secure.address + path, options, (response) => {
          let text = "";
          response.on("data", (chunk) => void (text += String(chunk)));
          response.on("end", () => resolve(text));
        });
        sent.on("error", reject);
        sent.setHeader("content-type", "application/json");
        sent.end(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }));
      });
    try {
      expect(JSON.parse(await ask({ key, cert })).status.userInfo.username).toBe("jane");
      expect(JSON.parse(await ask({})).message).toContain('User "system:anonymous" cannot create');
    } finally {
      secure.close();
    }
  });

  it("follows a request hop by hop, and says why it can't", async () => {
    const trace = async (body: object): Promise<unknown> =>
      (await fetch(`${served.address}/drydock/trace`, { method: "POST", body: JSON.stringify(body) })).json();
    expect(await trace({ from: "node/worker-1", url: "https://10.96.0.1/version" })).toMatchObject({
      from: "node/worker-1",
      status: 200,
      hops: [
        { decision: "send" },
        { at: "service/default/kubernetes" },
        { at: "node/control-plane", decision: "answer" },
      ],
    });
    expect(await trace({ from: "pod/nobody", url: "http://a/" })).toEqual({
      error: 'there is no pod "nobody" in namespace "default"',
    });
  });
});
