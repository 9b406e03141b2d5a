/** md5sum, sha1sum, sha256sum, sha512sum. Upstream: coreutils digest.c; busybox coreutils/md5_sha1_sum.c. */
import { md5, sha1, sha256 } from "../../base/digests.ts";
import { SystemError } from "../../base/program.ts";
import { sha512 } from "../../base/sha512.ts";
import { close, readAll } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { Command, CommandIo } from "../command.ts";
import { LineReader } from "../lines.ts";
import { encodeUtf8 } from "../utf8.ts";

type Digest = (bytes: readonly number[]) => string;

interface Tally {
  improper: number;
  failed: number;
  unreadable: number;
  matched: number;
}

/** What a line of a list says of a file, and what comes of it. */
function* checkLine(io: CommandIo, line: string, how: { digest: Digest; length: number; tally: Tally }): Call<void> {
  const { digest, length, tally } = how;
  const [, sum = "", name = ""] = /^\\?([0-9a-fA-F]+) [ *](.+)$/.exec(line) ?? [];
  if (sum.length !== length) {
    tally.improper++;
    return;
  }
  if (io.has("m") && !io.ctx.fs.exists(io.path(name))) return;
  const fd = yield* io.input(name);
  if (fd === undefined) {
    tally.unreadable++;
    if (!io.has("s")) yield* io.out(`${name}: FAILED${io.flavour === "debian" ? " open or read" : ""}\n`);
    return;
  }
  const same = digest(encodeUtf8(yield* readAll(fd))) === sum.toLowerCase();
  if (fd !== 0) yield* close(fd);
  if (same) tally.matched++;
  else tally.failed++;
  if (!io.has("s") && (!same || !io.has("q"))) yield* io.out(`${name}: ${same ? "OK" : "FAILED"}\n`);
}

function* summary(io: CommandIo, list: string, { improper, failed, unreadable, matched }: Tally): Call<number> {
  const good = improper + failed + unreadable === 0;
  if (io.flavour === "busybox") {
    const bad = failed + unreadable;
    if (bad > 0 && !io.has("s"))
      yield* io.complain(`WARNING: ${bad} of ${bad + matched} computed checksums did NOT match`);
    return good ? 0 : 1;
  }
  if (failed + unreadable + matched === 0) {
    const none = improper > 0 || !io.has("m");
    yield* io.complain(`${list}: no ${none ? "properly formatted checksum lines found" : "file was verified"}`);
    return 1;
  }
  const tell = function* (count: number, one: string, many: string): Call<void> {
    if (count > 0 && !io.has("s")) yield* io.complain(`WARNING: ${count} ${count === 1 ? one : many}`);
  };
  yield* tell(improper, "line is improperly formatted", "lines are improperly formatted");
  yield* tell(unreadable, "listed file could not be read", "listed files could not be read");
  yield* tell(failed, "computed checksum did NOT match", "computed checksums did NOT match");
  return failed + unreadable === 0 ? 0 : 1;
}

/** `length`: of a sum, in hexadecimal digits. */
function checksum(name: string, length: number, digest: Digest): Command {
  return defineCommand({
    name,
    usage: `Usage: ${name} [-c[sw]] [FILE]...\nPrint or check ${name.slice(0, -3).toUpperCase()} checksums.\n\n  -c, --check  check sums against list in FILEs\n  --ignore-missing  don't fail or report status for missing files\n  --quiet  don't print OK for each successfully verified file\n  -s, --status  don't output anything, status code shows success`,
    options: {
      flags: "cswbt",
      long: { check: "c", status: "s", quiet: "q", "ignore-missing": "m", binary: "b", text: "t", warn: "w" },
    },
    *run(io) {
      if (!io.has("c")) {
        return yield* io.eachInput(function* (fd, file) {
          yield* io.out(`${digest(encodeUtf8(yield* readAll(fd)))}  ${file}\n`);
        });
      }
      let status = 0;
      const opened = yield* io.eachInput(function* (fd, list) {
        const tally = { improper: 0, failed: 0, unreadable: 0, matched: 0 };
        try {
          for (const line of yield* new LineReader(fd).all()) yield* checkLine(io, line, { digest, length, tally });
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          yield* io.failed(list, error);
        }
        const result = yield* summary(io, list === "-" ? "standard input" : list, tally);
        status = Math.max(status, result);
      });
      return Math.max(status, opened);
    },
  });
}

export const checksums = [
  checksum("md5sum", 32, md5),
  checksum("sha1sum", 40, sha1),
  checksum("sha256sum", 64, sha256),
  checksum("sha512sum", 128, sha512),
];
