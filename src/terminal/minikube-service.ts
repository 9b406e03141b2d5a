/**
 * `minikube service`: the addresses of node ports, as kubectl tells of them.
 * Upstream: kubernetes/minikube cmd/minikube/cmd/service.go, service_list.go.
 *
 * **Simplified:** there is no browser to open, and a service without node port gets no tunnel.
 */
import type { ProgramContext } from "../engine/base/program.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { close, open, pipe, readAll, spawn, wait, write } from "../engine/base/syscalls.ts";
import { boxTable } from "./box-table.ts";
import { ask, missing, unknownFlag } from "./minikube-state.ts";

interface Port {
  name: string;
  port: string;
  /** "" when it has none. */
  nodePort: string;
}

interface Service {
  namespace: string;
  name: string;
  ports: Port[];
}

const HEADS = ["NAMESPACE", "NAME", "TARGET PORT", "URL"];
const ONE_SERVICE =
  '{.metadata.namespace}{" "}{.metadata.name}{range .spec.ports[*]}{" "}{.name}{":"}{.port}{":"}{.nodePort}{end}{"\\n"}';

/** service [-n namespace] NAME [--url], service list [-n namespace] */
export function* service(ctx: ProgramContext, args: string[]): Call<number> {
  const words = [...args];
  let namespace: string | undefined;
  let url = false;
  const names: string[] = [];
  while (words.length > 0) {
    const word = words.shift() as string;
    if (word === "--url") url = true;
    else if (word === "-n" || word === "--namespace") namespace = words.shift() ?? "default";
    else if (word.startsWith("--namespace=")) namespace = word.slice("--namespace=".length);
    else if (yield* unknownFlag([word], [])) return 64;
    else names.push(word);
  }
  const state = yield* ask("state");
  const none = yield* missing(state, true);
  if (none !== undefined) return none;
  const [name] = names;
  if (name === "list") return yield* list(ctx, { namespace, ip: state.ip });
  if (name === undefined) {
    yield* write(2, "\n❌  Exiting due to MK_USAGE: You must specify a service name\n");
    return 14;
  }
  return yield* show(ctx, { namespace: namespace ?? "default", name, url, ip: state.ip });
}

function* show(
  ctx: ProgramContext,
  { namespace, name, url, ip }: { namespace: string; name: string; url: boolean; ip: string },
): Call<number> {
  const [found] = yield* services(ctx, ["service", name, "-n", namespace, "-o", `jsonpath=${ONE_SERVICE}`]);
  if (found === undefined) {
    yield* write(
      2,
      `\n❌  Exiting due to SVC_NOT_FOUND: Service '${name}' was not found in '${namespace}' namespace.\nYou may select another namespace by using 'minikube service ${name} -n <namespace>'. Or list out all the services using 'minikube service list'\n\n`,
    );
    return 115;
  }
  const urls = urlsOf(found, ip);
  if (!url) yield* write(1, boxTable(HEADS, [rowOf(found, ip)]));
  if (urls.length === 0) yield* write(url ? 2 : 1, `😿  service ${namespace}/${name} has no node port\n`);
  else if (url) yield* write(1, urls.map((each) => `${each}\n`).join(""));
  else yield* write(1, `👉  There is no browser on this laptop: try  curl ${urls[0]}\n`);
  return 0;
}

function* list(ctx: ProgramContext, { namespace, ip }: { namespace: string | undefined; ip: string }): Call<number> {
  const where = namespace === undefined ? ["-A"] : ["-n", namespace];
  const found = yield* services(ctx, ["services", ...where, "-o", `jsonpath={range .items[*]}${ONE_SERVICE}{end}`]);
  yield* write(
    1,
    boxTable(
      HEADS,
      found.map((each) => rowOf(each, ip)),
    ),
  );
  return 0;
}

function rowOf(service: Service, ip: string): string[] {
  const open = service.ports.filter(({ nodePort }) => nodePort !== "");
  const ports = open.map(({ name, port }) => (name === "" ? port : `${name}/${port}`));
  const target = ports.length === 0 ? "No node port" : ports.join(" ");
  return [service.namespace, service.name, target, urlsOf(service, ip).join(" ")];
}

function urlsOf({ ports }: Service, ip: string): string[] {
  return ports.filter(({ nodePort }) => nodePort !== "").map(({ nodePort }) => `http://${ip}:${nodePort}`);
}

/** What `kubectl get …` finds; nothing when it fails. */
function* services(ctx: ProgramContext, words: readonly string[]): Call<Service[]> {
  const [reader, writer] = yield* pipe();
  const nothing = yield* open("/dev/null", "read-write");
  const argv = ["kubectl", "get", ...words];
  const pid = yield* spawn({ argv, env: ctx.env, cwd: ctx.cwd, stdio: [nothing, writer, nothing] });
  yield* close(writer);
  const text = yield* readAll(reader);
  yield* wait(pid);
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [namespace = "", name = "", ...ports] = line.split(" ");
    return { namespace, name, ports: ports.map(portOf) };
  });
}

function portOf(text: string): Port {
  const [name = "", port = "", nodePort = ""] = text.split(":");
  return { name, port, nodePort };
}
