import { open, read, trap, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";

export const tee = defineCommand({
  name: "tee",
  usage:
    "Usage: tee [OPTION]... [FILE]...\nCopy standard input to each FILE, and also to standard output.\n\n  -a  append to the given FILEs\n  -i  ignore interrupt signals",
  options: { flags: "ai", long: { append: "a", "ignore-interrupts": "i" } },
  *run(io) {
    if (io.has("i")) yield* trap("SIGINT", "ignore");
    const files: number[] = [];
    let status = 0;
    for (const name of io.operands) {
      try {
        files.push(yield* open(name, io.has("a") ? "append" : "write"));
      } catch (error) {
        yield* io.failed(name, error);
        status = 1;
      }
    }
    for (let piece = yield* read(0); piece !== null; piece = yield* read(0)) {
      yield* io.out(piece);
      for (const fd of files) yield* write(fd, piece);
    }
    return status;
  },
});
