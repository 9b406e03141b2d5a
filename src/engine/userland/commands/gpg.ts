/** gpg, as far as instructions for repositories of packages need it. Upstream: GnuPG 2.4, gpg(1). */
import { close, read, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";

/** **Simplified:** of all that it does, it takes the armour off a key, whose text stays what it is. */
export const gpg = defineCommand({
  name: "gpg",
  usage: "Usage: gpg --dearmor [-o FILE] [FILE]",
  options: { values: "o", long: { dearmor: "D", dearmour: "D", "output=": "o", yes: "y", batch: "b" } },
  badUsageStatus: 2,
  *run(io) {
    if (!io.has("D")) {
      yield* io.complain("Drydock: of gpg, --dearmor alone is here");
      return 2;
    }
    const fd = yield* io.input(io.operands[0] ?? "-");
    if (fd === undefined) return 2;
    let text = "";
    for (let piece = yield* read(fd); piece !== null; piece = yield* read(fd)) text += piece;
    if (fd !== 0) yield* close(fd);
    const [, armoured] =
      /-----BEGIN PGP [A-Z ]+-----\n(?:.+: .*\n)*\n?([^]*?)-----END PGP [A-Z ]+-----/.exec(text) ?? [];
    if (armoured === undefined) {
      yield* io.complain("no valid OpenPGP data found.");
      return 2;
    }
    const file = io.value("o");
    if (file === undefined || file === "-") {
      yield* write(1, armoured);
      return 0;
    }
    try {
      io.ctx.fs.writeFile(io.path(file), armoured);
      return 0;
    } catch (error) {
      yield* io.complain(`can't create '${file}': ${errorText(error)}`);
      return 2;
    }
  },
});
