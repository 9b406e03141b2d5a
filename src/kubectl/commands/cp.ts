/**
 * `kubectl cp`: files go as a tar archive through exec. Upstream: kubectl pkg/cmd/cp.
 * Simplified: an archive is carried as text: a file that isn't text is refused on the side where that shows.
 */
import type { Pod } from "../../engine/api/generated/types.ts";
import { utf8Encode } from "../../engine/base/base64.ts";
import { SystemError } from "../../engine/base/program.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import { readTar, type TarEntry, TarError, writeTar } from "../../engine/base/tar-archive.ts";
import { cleanPath, folderOf, lastOf } from "../clean-path.ts";
import { defineCommand } from "../command.ts";
import { resourcePath } from "../discovery.ts";
import { CommandError } from "../errors.ts";
import { PODS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { absolutePath } from "../kubeconfig.ts";
import { defaultContainer } from "../pick-pod.ts";
import { remoteConversation } from "../remote-command.ts";

interface FileSpec {
  /** Empty when not named. */
  namespace: string;
  /** Empty: a file of this machine. */
  pod: string;
  file: string;
}

export const cp = defineCommand({
  name: "cp",
  group: "Troubleshooting and Debugging Commands",
  short: "Copy files and directories to and from containers",
  usage: "<file-spec-src> <file-spec-dest>",
  examples: ["kubectl cp /tmp/foo web:/tmp/bar", "kubectl cp shop/web:/etc/nginx /tmp/nginx -c nginx"],
  flags: [
    { name: "container", short: "c", type: "string", usage: "Container of the pod." },
    { name: "no-preserve", type: "bool", usage: "Owner and permissions are not kept in the container." },
    {
      name: "retries",
      type: "int",
      default: 0,
      usage: "How often a copy from a container is taken up again; negative: without end.",
    },
  ],
  completes: "pods",
  *run(call) {
    if (call.args.length !== 2) throw new CommandError("source and destination are required");
    const source = fileSpec(call.args[0] ?? "");
    const target = fileSpec(call.args[1] ?? "");
    if (source.pod !== "" && target.pod !== "") {
      throw new CommandError("one of src or dest must be a local file specification");
    }
    if (source.file === "" || target.file === "") throw new CommandError("filepath can not be empty");
    if (source.pod !== "") return yield* copyFromPod(call, source, target.file);
    if (target.pod !== "") return yield* copyToPod(call, source.file, target);
    throw new CommandError("one of src or dest must be a remote file specification");
  },
});

function fileSpec(text: string): FileSpec {
  const at = text.indexOf(":");
  const whole = withoutEndSlash(at < 0 ? text : text.slice(at + 1));
  if (at < 0) return { namespace: "", pod: "", file: whole };
  const pieces = text.slice(0, at).split("/");
  if (at === 0 || pieces.length > 2) {
    throw new CommandError("filespec must match the canonical format: [[namespace/]pod:]file/path");
  }
  const [pod = "", namespace = ""] = pieces.reverse();
  return { namespace, pod, file: whole.replaceAll("\\", "/") };
}

function withoutEndSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Runs a command in the pod as `kubectl exec` does. */
function* run(
  call: Invocation,
  at: FileSpec,
  options: {
    command: readonly string[];
    input?: string;
    stdout: (text: string) => Call<void>;
    stderr: (text: string) => Call<void>;
  },
): Call<number> {
  const name = { namespace: at.namespace || call.namespace, name: at.pod };
  const pod = yield* call.rest.json<Pod>({ path: resourcePath(PODS, name) });
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") {
    throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  let container = call.flags.string("container");
  if (container === "") {
    const chosen = defaultContainer(pod);
    container = chosen.name;
    if (chosen.note !== "") yield* options.stderr(chosen.note);
  }
  return yield* remoteConversation(call, {
    ...options,
    path: resourcePath(PODS, { ...name, subresource: "exec" }),
    container,
  });
}

function* ignore(): Call<void> {}

/** What `kubectl exec` says of a command that failed. */
function* ended(call: Invocation, code: number): Call<number> {
  if (code !== 0) yield* call.err(`command terminated with exit code ${code}\n`);
  return code;
}

function* copyToPod(call: Invocation, source: string, target: FileSpec): Call<number> {
  const { fs } = call.ctx;
  if (!fs.exists(absolutePath(call.ctx, source))) {
    throw new CommandError(`${source} doesn't exist in local filesystem`);
  }
  let { file } = target;
  if (yield* isFolder(call, target)) file = cleanPath(`${file}/${lastOf(source)}`);
  const folder = folderOf(file);
  const how = call.flags.bool("no-preserve") ? ["--no-same-permissions", "--no-same-owner"] : [];
  const code = yield* run(call, target, {
    command: ["tar", ...how, "-xmf", "-", ...(folder === "" ? [] : ["-C", folder])],
    input: writeTar([...localEntries(call, cleanPath(source), lastOf(cleanPath(file)))]),
    stdout: (text) => call.out(text),
    stderr: (text) => call.err(text),
  });
  return yield* ended(call, code);
}

/** Any failure counts as no: the copy itself then tells what is wrong. */
function* isFolder(call: Invocation, { file, ...where }: FileSpec): Call<boolean> {
  try {
    const command = ["test", "-d", file];
    return (yield* run(call, { ...where, file }, { command, stdout: ignore, stderr: ignore })) === 0;
  } catch {
    return false;
  }
}

/** Files by their whole names; of folders only the empty ones, as upstream. */
function* localEntries(call: Invocation, path: string, name: string): Generator<TarEntry> {
  const { fs } = call.ctx;
  const local = absolutePath(call.ctx, path);
  const { type, mode, uid, gid, mtime } = fs.lstat(local);
  const entry = { name, mode, uid, gid, mtime, link: "", data: "" };
  if (type === "directory") {
    const children = fs.readdir(local);
    if (children.length === 0) yield { ...entry, type };
    for (const child of children) yield* localEntries(call, `${path}/${child}`, `${name}/${child}`);
  } else if (type === "symlink") yield { ...entry, type, link: fs.readlink(local) };
  else {
    const data = fs.readFile(local);
    if (data.includes("\ufffd")) throw new CommandError(`${path}: not text: only text can be copied here`);
    yield { ...entry, type: "file", data };
  }
}

function* copyFromPod(call: Invocation, source: FileSpec, target: string): Call<number> {
  const retries = call.flags.int("retries");
  let archive = "";
  let code: number | undefined;
  for (let tries = 0; code === undefined;) {
    const from = utf8Encode(archive).length;
    const resumed = `tar cf - ${source.file} | tail -c+${from === 0 ? 0 : from + 1}`;
    try {
      code = yield* run(call, source, {
        command: retries === 0 ? ["tar", "cf", "-", source.file] : ["sh", "-c", resumed],
        *stdout(text) {
          archive += text;
        },
        stderr: (text) => call.out(text),
      });
    } catch (error) {
      if (!(error instanceof SystemError) || (retries >= 0 && tries >= retries)) throw error;
      tries++;
      yield* call.out(`Resuming copy at ${utf8Encode(archive).length} bytes, retry ${tries}/${retries}\n`);
    }
  }
  if (code !== 0) return yield* ended(call, code);
  let entries: TarEntry[];
  try {
    entries = readTar(archive);
  } catch (error) {
    if (error instanceof TarError) throw new CommandError(error.message);
    throw error;
  }
  const prefix = withoutShortcuts(cleanPath(source.file.replace(/^[/\\]+/, "")));
  const writer = new LocalWriter(call, source, target);
  for (const entry of entries) {
    if (!entry.name.startsWith(prefix)) throw new CommandError("tar contents corrupted");
    yield* writer.write(entry, cleanPath(`${target}/${withoutEndSlash(entry.name.slice(prefix.length))}`));
  }
  return 0;
}

/** Without leading `../`, and without a leading slash. */
function withoutShortcuts(path: string): string {
  const rest = cleanPath(path).replace(/^(?:\.\.\/)+/, "");
  return rest === "." || rest === ".." ? "" : rest.replace(/^\//, "");
}

class LocalWriter {
  private readonly call: Invocation;
  private readonly source: FileSpec;
  private readonly target: string;
  private warned = false;

  constructor(call: Invocation, source: FileSpec, target: string) {
    this.call = call;
    this.source = source;
    this.target = target;
  }

  *write(entry: TarEntry, path: string): Call<void> {
    const { ctx } = this.call;
    const base = cleanPath(this.target);
    if (path !== base && base !== "." && !path.startsWith(base === "/" ? "/" : `${base}/`)) {
      yield* this.call.err(`warning: file ${JSON.stringify(path)} is outside target destination, skipping\n`);
      return;
    }
    if (entry.type === "symlink") return yield* this.skip(path, entry.link);
    const local = absolutePath(ctx, path);
    const folder = entry.type === "directory" ? local : folderOf(local);
    if (!ctx.fs.exists(folder)) ctx.fs.mkdir(folder, { recursive: true });
    if (entry.type === "directory") return;
    if (ctx.fs.exists(local) && ctx.fs.stat(local).type === "directory") {
      throw new CommandError(`open ${path}: is a directory`);
    }
    if (entry.data.includes("\ufffd")) throw new CommandError(`${entry.name}: not text: only text can be copied here`);
    ctx.fs.writeFile(local, entry.data);
  }

  private *skip(path: string, link: string): Call<void> {
    const quoted = [path, link].map((text) => JSON.stringify(text)).join(" -> ");
    if (this.warned) {
      yield* this.call.err(`warning: skipping symlink: ${quoted}\n`);
      return;
    }
    this.warned = true;
    const { namespace, pod, file } = this.source;
    const [a, b, c] = [namespace, pod, file].map((text) => JSON.stringify(text));
    yield* this.call.err(
      `warning: skipping symlink: ${quoted} (consider using "kubectl exec -n ${a} ${b} -- tar cf - ${c} | tar xf -")\n`,
    );
  }
}
