import { defineCommand } from "../command.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export const mktemp = defineCommand({
  name: "mktemp",
  usage:
    "Usage: mktemp [OPTION]... [TEMPLATE]\nCreate a temporary file or directory, safely, and print its name.\n\n  -d  create a directory    -u  only print a name    -p DIR  in DIR    -t  in /tmp",
  options: { flags: "dutq", values: "p" },
  *run(io) {
    const template = io.operands[0] ?? "tmp.XXXXXXXXXX";
    const marks = /X{3,}$/.exec(template)?.[0].length;
    if (marks === undefined) {
      yield* io.complain(`too few X's in template '${template}'`);
      return 1;
    }
    let random = "";
    for (let at = 0; at < marks; at++) random += LETTERS[io.ctx.random(LETTERS.length)];
    const name = template.slice(0, -marks) + random;
    const directory = io.value("p") ?? (io.operands.length === 0 || io.has("t") ? "/tmp" : "");
    const path = directory === "" ? name : `${directory}/${name}`;
    try {
      if (io.has("d")) io.ctx.fs.mkdir(io.path(path), { mode: 0o700 });
      else if (!io.has("u")) io.ctx.fs.writeFile(io.path(path), "", { mode: 0o600 });
    } catch (error) {
      yield* io.failed(`failed to create ${io.has("d") ? "directory" : "file"} via template '${template}'`, error);
      return 1;
    }
    yield* io.out(`${path}\n`);
    return 0;
  },
});
