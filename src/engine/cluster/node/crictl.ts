/**
 * crictl on a node: what the container runtime has. Upstream: kubernetes-sigs/cri-tools cmd/crictl.
 * **Simplified:** ps, pods, images, logs and version, with the flags that the usage names.
 */
import type { Program } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import type { Container } from "../../runtime/containers/container.ts";
import { defineCommand } from "../../userland/command.ts";
import type { CommandIo } from "../../userland/command.ts";
import type { NodeHost } from "./node-host.ts";

const USAGE = `NAME:
   crictl - client for CRI

USAGE:
   crictl [global options] command [command options] [arguments...]

COMMANDS:
   images, image, img  List images
   logs                Fetch the logs of a container
   pods                List pods
   ps                  List containers
   version             Display runtime version information`;

const SHORT = 13;
const MIN_WIDTH = 20;
const PADDING = 3;

export function crictl(host: NodeHost): Program {
  return defineCommand({
    name: "crictl",
    usage: USAGE,
    options: { flags: "aqp", values: "n", long: { all: "a", quiet: "q", "name=": "n", "tail=": "n", previous: "p" } },
    *run(io): Call<number> {
      const [verb = "", ...rest] = io.operands;
      switch (verb) {
        case "ps":
          return yield* list(io, containers(host, io), (row) => row[0] as string);
        case "pods":
          return yield* list(io, sandboxes(host), (row) => row[0] as string);
        case "images":
        case "image":
        case "img":
          return yield* list(io, imageRows(host), (row) => row[2] as string);
        case "logs":
          return yield* logs(host, io, rest[0]);
        case "version":
          yield* io.out(
            `Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v${host.runtime.version}\nRuntimeApiVersion:  v1\n`,
          );
          return 0;
        case "":
          yield* io.out(`${USAGE}\n`);
          return 0;
        default:
          yield* io.complain(`${verb} is not simulated`);
          return 1;
      }
    },
  }).program("debian");
}

function* list(io: CommandIo, rows: string[][], id: (row: string[]) => string): Call<number> {
  if (io.has("q"))
    yield* io.out(
      rows
        .slice(1)
        .map((row) => `${id(row)}\n`)
        .join(""),
    );
  else yield* io.out(table(rows));
  return 0;
}

function containers(host: NodeHost, io: CommandIo): string[][] {
  const rows = [["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"]];
  const wanted = io.value("n");
  const all = [...host.runtime.list()].reverse();
  for (const { id, config, sandbox, running, createdAt } of all) {
    if ((!running && !io.has("a")) || (wanted !== undefined && !config.name.includes(wanted))) continue;
    const { name, attempt, image } = config;
    rows.push([
      id.slice(0, SHORT),
      image.id.slice("sha256:".length).slice(0, SHORT),
      ago(host.kubelet.sim.now - createdAt),
      running ? "Running" : "Exited",
      name,
      String(attempt),
      sandbox.id.slice(0, SHORT),
      sandbox.name,
      sandbox.namespace,
    ]);
  }
  return rows;
}

function sandboxes(host: NodeHost): string[][] {
  const rows = [["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"]];
  for (const { id, name, namespace, createdAt, ready, key } of [...host.runtime.listSandboxes()].reverse()) {
    const created = ago(host.kubelet.sim.now - createdAt);
    const attempt = key.slice(key.lastIndexOf("/") + 1);
    rows.push([id.slice(0, SHORT), created, ready ? "Ready" : "NotReady", name, namespace, attempt, "(default)"]);
  }
  return rows;
}

function imageRows(host: NodeHost): string[][] {
  const rows = host.runtime.images
    .list()
    .map(({ reference, id, size }) => [
      reference.repository,
      reference.tag,
      id.slice("sha256:".length).slice(0, SHORT),
      humanSize(size),
    ]);
  rows.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return [["IMAGE", "TAG", "IMAGE ID", "SIZE"], ...rows];
}

function* logs(host: NodeHost, io: CommandIo, id: string | undefined): Call<number> {
  if (id === undefined) {
    yield* io.complain("ID cannot be empty");
    return 1;
  }
  const found: Container[] = [...host.runtime.list()].filter((each) => each.id.startsWith(id));
  const [container] = found;
  if (container === undefined) {
    yield* io.complain(
      `rpc error: code = NotFound desc = an error occurred when try to find container ${JSON.stringify(id)}: not found`,
    );
    return 1;
  }
  const lines = container.log.since(0);
  const tail = io.value("n");
  const shown = tail === undefined ? lines : lines.slice(Math.max(0, lines.length - Number(tail)));
  for (const { text } of shown) yield* io.out(`${text}\n`);
  return 0;
}

/** Go's tabwriter with a minimal width. */
function table(rows: string[][]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => (row[column] ?? "").length + PADDING)),
  );
  const line = (row: string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] as number))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** `5 minutes ago`. Upstream: docker/go-units, HumanDuration. */
function ago(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (seconds < 1) return "Less than a second ago";
  if (seconds === 1) return "1 second ago";
  if (seconds < 60) return `${seconds} seconds ago`;
  if (minutes === 1) return "About a minute ago";
  if (minutes < 60) return `${minutes} minutes ago`;
  if (hours === 1) return "About an hour ago";
  if (hours < 48) return `${hours} hours ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** `72.2MB`. Upstream: docker/go-units, HumanSizeWithPrecision. */
function humanSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${Number(size.toPrecision(3))}${UNITS[unit]}`;
}

const UNITS = ["B", "kB", "MB", "GB"];
