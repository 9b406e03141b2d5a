/** `--raw PATH`: a request as it stands, its answer as it comes. Upstream: kubectl pkg/rawhttp. */
import { readAll, type Call } from "../engine/base/syscalls.ts";
import { CommandError } from "./errors.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { readText } from "./manifests.ts";

export const RAW_FLAG: Flag = {
  name: "raw",
  type: "string",
  usage: "Path of the request; what the file says is its body.",
};

/** Sends the one file that `-f` names (none: an empty body). */
export function* rawRequest(call: Invocation, method: "POST" | "PUT" | "DELETE"): Call<undefined> {
  const { flags } = call;
  const files = flags.list("filename");
  const exclusive = (name: string): CommandError => new CommandError(`--raw and --${name} are mutually exclusive`);
  if (files.length === 0 && method !== "DELETE") throw new CommandError("must specify one of -f and -k");
  if (files.length > 1) {
    throw new CommandError("--raw can only use a single local file or stdin");
  }
  const [file = ""] = files;
  if (/^https?:\/\//.test(file)) throw new CommandError("--raw cannot read from a url");
  if (flags.bool("recursive")) throw exclusive("recursive");
  if (flags.has("selector") && flags.string("selector") !== "") throw exclusive("selector (-l)");
  if (flags.string("output") !== "") throw exclusive("output");
  const path = flags.string("raw");
  if (!path.startsWith("/")) {
    throw new CommandError(`--raw must be a valid URL path: parse ${JSON.stringify(path)}: invalid URI for request`);
  }
  const body = file === "" ? "" : file === "-" ? yield* readAll(0) : readText(call, file);
  yield* call.out(yield* call.rest.text({ method, path, ...(body !== "" && { body }) }));
}
