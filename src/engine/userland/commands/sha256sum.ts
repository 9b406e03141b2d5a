import { readAll } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { sha256 } from "../../base/digests.ts";
import { encodeUtf8 } from "../utf8.ts";

export const sha256sum = defineCommand({
  name: "sha256sum",
  usage: "Usage: sha256sum [FILE]...\nPrint checksums.",
  *run(io) {
    return yield* io.eachInput(function* (fd, name) {
      yield* io.out(`${sha256(encodeUtf8(yield* readAll(fd)))}  ${name}\n`);
    });
  },
});
