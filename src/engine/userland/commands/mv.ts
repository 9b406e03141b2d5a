import { defineCommand } from "../command.ts";
import { sourcesAndTarget, targetFor } from "../transfer-target.ts";

export const mv = defineCommand({
  name: "mv",
  usage:
    "Usage: mv [OPTION]... SOURCE DEST\n  or:  mv [OPTION]... SOURCE... DIRECTORY\nRename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.\n\n  -f  accepted\n  -n  do not overwrite an existing file\n  -v  explain what is being done",
  options: {
    flags: "fnv",
    values: "t",
    long: { force: "f", "no-clobber": "n", verbose: "v", "target-directory=": "t" },
  },
  *run(io) {
    const what = sourcesAndTarget(io);
    if (typeof what === "string")
      return what.startsWith("target") ? (yield* io.complain(what), 1) : yield* io.misuse(what);
    let status = 0;
    for (const source of what.sources) {
      const target = targetFor(io, source, what.target);
      const { fs } = io.ctx;
      if (io.has("n") && fs.exists(target)) continue;
      try {
        fs.rename(io.path(source), target);
        if (io.has("v")) yield* io.out(`renamed '${source}' -> '${what.target}'\n`);
      } catch (error) {
        const missing = !fs.exists(io.path(source));
        yield* io.failed(
          missing
            ? io.flavour === "debian"
              ? `cannot stat '${source}'`
              : `can't rename '${source}'`
            : `cannot move '${source}' to '${what.target}'`,
          error,
        );
        status = 1;
      }
    }
    return status;
  },
});
