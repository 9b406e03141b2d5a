/** `crictl pull` and `rmi`. Upstream: cri-tools cmd/crictl/image.go. */
import type { ProgramContext } from "../../../base/program.ts";
import { sleep, write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { parseImageName } from "../../../runtime/containers/image-name.ts";
import type { LocalImage, PullResult } from "../../../runtime/containers/image-store.ts";
import type { NodeHost } from "../node-host.ts";
import { fatal, isAllowed, readOptions } from "./options.ts";

/** Milliseconds between two looks at a pull under way. */
const LOOK_EVERY = 100;

/** crictl pull [--creds USERNAME[:PASSWORD]] NAME. **Simplified:** without the client library's own line about a failure. */
export function* pull(host: NodeHost, ctx: ProgramContext, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, { values: { creds: "creds" } });
  if (options === undefined) return 1;
  const [name, ...more] = options.operands;
  if (name === undefined) return yield* fatal("image name cannot be empty");
  if (more.length > 0) return yield* fatal("cannot use more than one image name");
  if (!(yield* isAllowed(ctx))) return 1;
  const reference = parseImageName(name);
  if ("error" in reference) {
    return yield* fatal(
      `pulling image: rpc error: code = Unknown desc = failed to parse image reference ${JSON.stringify(name)}: ${reference.error}`,
    );
  }
  const [username = "", password = ""] = options.values.get("creds")?.split(/:(.*)/s) ?? [];
  const logins = options.values.has("creds") ? [{ username, password }] : [];
  const startedAt = ctx.now();
  const ended: PullResult[] = [];
  host.runtime.images.pull(reference, { podUid: "", logins }, (result) => ended.push(result));
  let [result] = ended;
  while (result === undefined) {
    yield* sleep(LOOK_EVERY);
    [result] = ended;
  }
  if ("error" in result) {
    const { error } = result;
    const why = error.startsWith("rpc error: ") ? error : `rpc error: code = Unknown desc = ${error}`;
    return yield* fatal(`pulling image: ${why}`, Math.floor((ctx.now() - startedAt) / 1000));
  }
  yield* write(1, `Image is up to date for ${result.image.id}\n`);
  return 0;
}

/** crictl rmi [-a] [-q|--prune] IMAGE… */
export function* removeImages(host: NodeHost, ctx: ProgramContext, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, { switches: { a: "all", all: "all", q: "prune", prune: "prune" } });
  if (options === undefined) return 1;
  if (!(yield* isAllowed(ctx))) return 1;
  const { images } = host.runtime;
  const { operands, switches } = options;
  const chosen = operands.map((name) => [name, imageOf(host, name)] as const);
  if (switches.has("all") || switches.has("prune")) {
    const used = new Set(switches.has("prune") ? [...host.runtime.list()].map(({ config }) => config.image.id) : []);
    for (const image of images.list()) if (!used.has(image.id)) chosen.push([image.id, image]);
    if (chosen.length === 0) {
      yield* write(2, "INFO[0000] No images to remove\n");
      return 0;
    }
  }
  if (chosen.length === 0) return yield* fatal("an image's name or ID is needed");
  let failed = false;
  for (const [name, image] of chosen) {
    if (image === undefined) {
      failed = true;
      yield* write(2, `ERRO[0000] no such image ${name}\n`);
      continue;
    }
    images.remove(image);
    yield* write(1, `Deleted: ${image.reference.full}\n`);
  }
  return failed ? yield* fatal("unable to remove the image(s)") : 0;
}

/** By its name, or by the beginning of its ID. */
function imageOf({ runtime }: NodeHost, name: string): LocalImage | undefined {
  const reference = parseImageName(name);
  const named = "error" in reference ? undefined : runtime.images.get(reference);
  if (named !== undefined) return named;
  const id = name.replace(/^sha256:/, "");
  return runtime.images.list().find((image) => image.id.startsWith(`sha256:${id}`));
}
