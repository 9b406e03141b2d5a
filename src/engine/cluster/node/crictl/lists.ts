/** `crictl ps`, `pods` and `images`. Upstream: cri-tools cmd/crictl/container.go, sandbox.go, image.go. */
import { write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import type { Container } from "../../../runtime/containers/container.ts";
import type { Sandbox } from "../../../runtime/containers/sandbox.ts";
import type { NodeHost } from "../node-host.ts";
import { readOptions } from "./options.ts";
import type { Options } from "./options.ts";
import { ago, humanSize, short, table } from "./text.ts";

/** crictl ps [-a] [-q] [--name PATTERN] [--pod ID] [--namespace NAME] [--state STATE] [--image NAME] [-l] [-n COUNT] */
export function* ps(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {
    switches: { a: "all", all: "all", q: "quiet", quiet: "quiet", l: "latest", latest: "latest" },
    values: {
      ...{ name: "name", p: "pod", pod: "pod", namespace: "namespace", s: "state", state: "state", image: "image" },
      ...{ n: "last", last: "last", id: "id" },
    },
  });
  if (options === undefined) return 1;
  const last = options.switches.has("latest") ? 1 : Number(options.values.get("last") ?? Infinity);
  const containers = [...host.runtime.list()]
    .reverse()
    .filter((each) => containerMatches(each, options, last < Infinity))
    .slice(0, last);
  const rows = containers.map(({ id, config, sandbox, running, createdAt }) => [
    short(id),
    short(config.image.id),
    ago(host.kubelet.sim.now - createdAt),
    running ? "Running" : "Exited",
    config.name,
    String(config.attempt),
    short(sandbox.id),
    sandbox.name,
    sandbox.namespace,
  ]);
  const head = ["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"];
  return yield* show(options, head, { rows, ids: containers.map(({ id }) => id) });
}

/** crictl pods [-q] [--name PATTERN] [--namespace NAME] [--state STATE] [--id ID] [-l] [-n COUNT] */
export function* pods(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {
    switches: { q: "quiet", quiet: "quiet", l: "latest", latest: "latest" },
    values: { name: "name", namespace: "namespace", s: "state", state: "state", n: "last", last: "last", id: "id" },
  });
  if (options === undefined) return 1;
  const last = options.switches.has("latest") ? 1 : Number(options.values.get("last") ?? Infinity);
  const sandboxes = [...host.runtime.listSandboxes()]
    .reverse()
    .filter((each) => sandboxMatches(each, options))
    .slice(0, last);
  const rows = sandboxes.map(({ id, name, namespace, createdAt, ready, key }) => {
    const created = ago(host.kubelet.sim.now - createdAt);
    const attempt = key.slice(key.lastIndexOf("/") + 1);
    return [short(id), created, ready ? "Ready" : "NotReady", name, namespace, attempt, "(default)"];
  });
  const head = ["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"];
  return yield* show(options, head, { rows, ids: sandboxes.map(({ id }) => id) });
}

/** crictl images [-q] [REPOSITORY] */
export function* images(host: NodeHost, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, { switches: { q: "quiet", quiet: "quiet" } });
  if (options === undefined) return 1;
  const [wanted = ""] = options.operands;
  const found = host.runtime.images
    .list()
    .filter(({ reference }) => wanted === "" || `${reference.repository}:${reference.tag}`.includes(wanted))
    .sort((a, b) => (a.reference.repository < b.reference.repository ? -1 : 1));
  const rows = found.map(({ reference, id, size }) => [
    reference.repository,
    reference.tag,
    short(id),
    humanSize(size),
  ]);
  return yield* show(options, ["IMAGE", "TAG", "IMAGE ID", "SIZE"], { rows, ids: found.map(({ id }) => id) });
}

/** `limited`: who asks for the last ones means those that have ended, too. */
function containerMatches(container: Container, { switches, values }: Options, limited: boolean): boolean {
  const { config, sandbox, running } = container;
  const state = values.get("state")?.toLowerCase();
  const ended = switches.has("all") || limited || values.has("id");
  if (state === undefined ? !running && !ended : (running ? "running" : "exited") !== state) return false;
  return (
    matches(config.name, values.get("name")) &&
    sandbox.id.startsWith(values.get("pod") ?? "") &&
    container.id.startsWith(values.get("id") ?? "") &&
    (values.get("namespace") ?? sandbox.namespace) === sandbox.namespace &&
    `${config.image.reference.repository}:${config.image.reference.tag}`.includes(values.get("image") ?? "")
  );
}

function sandboxMatches({ id, name, namespace, ready }: Sandbox, { values }: Options): boolean {
  return (
    matches(name, values.get("name")) &&
    id.startsWith(values.get("id") ?? "") &&
    (values.get("namespace") ?? namespace) === namespace &&
    (values.get("state") ?? (ready ? "ready" : "notready")).toLowerCase() === (ready ? "ready" : "notready")
  );
}

/** Names are regular expressions; one that is none is taken as it stands. */
function matches(name: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return name.includes(pattern);
  }
}

function* show(
  { switches }: Options,
  head: string[],
  { rows, ids }: { rows: string[][]; ids: readonly string[] },
): Call<number> {
  yield* write(1, switches.has("quiet") ? ids.map((id) => `${id}\n`).join("") : table([head, ...rows]));
  return 0;
}
