import { readAll } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { md5 } from "../../base/digests.ts";
import { encodeUtf8 } from "../utf8.ts";

export const md5sum = defineCommand({
  name: "md5sum",
  usage: "Usage: md5sum [FILE]...\nPrint checksums.",
  *run(io) {
    return yield* io.eachInput(function* (fd, name) {
      yield* io.out(`${md5(encodeUtf8(yield* readAll(fd)))}  ${name}\n`);
    });
  },
});
