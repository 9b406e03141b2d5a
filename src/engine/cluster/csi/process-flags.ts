import { readFlags } from "../../network/ingress/read-flags.ts";
import type { ServerContext } from "../../runtime/containers/image.ts";

/** The flags of a process of Go's `flag` package; one of another name ends it, and there are none. */
export function processFlags(ctx: ServerContext, known: RegExp): ReadonlyMap<string, string> | undefined {
  const flags = readFlags(ctx.argv.slice(1));
  for (const name of flags.keys()) {
    if (known.test(name)) continue;
    ctx.log(`flag provided but not defined: -${name}`, "stderr");
    ctx.exit(2);
    return undefined;
  }
  return flags;
}
