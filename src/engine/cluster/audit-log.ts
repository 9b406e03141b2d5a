/**
 * The file that kube-apiserver tells of requests, and its elder ones. Upstream: gopkg.in/natefinch/lumberjack.v2,
 * apiserver pkg/server/options/audit.go.
 */
import type { LogLimits } from "../apiserver/audit/log-limits.ts";
import { SystemError } from "../base/program.ts";
import type { FileSystem } from "../base/program.ts";
import { HOUR } from "../base/time.ts";
import type { ServerContext } from "../runtime/containers/image.ts";

const MEGABYTE = 1024 * 1024;
const DEFAULT_MEGABYTES = 100;

/** What takes its lines, or why there can be no such file. */
export function openAuditLog(
  ctx: Pick<ServerContext, "fs" | "now" | "log">,
  path: string,
  limits: LogLimits,
): ((line: string) => void) | { problem: string } {
  if (path === "-") return (line) => ctx.log(line);
  const { fs } = ctx;
  try {
    fs.mkdir(folderOf(path), { recursive: true, mode: 0o700 });
    fs.writeFile(path, "", { append: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { problem: `ensureLogFile: open ${path}: ${error.message}` };
  }
  const most = (limits.megabytes || DEFAULT_MEGABYTES) * MEGABYTE;
  let size = fs.stat(path).size;
  return (line) => {
    try {
      if (size + line.length + 1 > most) {
        rotate(fs, path, { limits, now: ctx.now() });
        size = 0;
      }
      fs.writeFile(path, `${line}\n`, { append: true, mode: 0o600 });
      size += line.length + 1;
    } catch (error) {
      // As upstream a request doesn't fail for it: the disk is full, or the folder is gone.
      if (!(error instanceof SystemError)) throw error;
    }
  };
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 1));
}

/** `audit.log` becomes `audit-2026-01-01T00-10-00.000.log`; what is too old or too many goes. */
function rotate(fs: FileSystem, path: string, { limits, now }: { limits: LogLimits; now: number }): void {
  const folder = folderOf(path);
  const [, stem = "", extension = ""] = /^(.*?)(\.[^.]*)?$/.exec(path.slice(folder.length + 1)) ?? [];
  const named = (time: number): string => {
    const stamp = new Date(time).toISOString().replaceAll(":", "-").replace(/Z$/, "");
    return `${stem}-${stamp}${extension}`;
  };
  fs.rename(path, `${folder}/${named(now)}`);
  const pattern = /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}/;
  const elder = fs
    .readdir(folder)
    .filter((name) => name.startsWith(`${stem}-`) && name.endsWith(extension) && pattern.test(name))
    .toSorted()
    .toReversed();
  const oldest = named(now - limits.days * 24 * HOUR);
  elder.forEach((name, index) => {
    const isTooMany = limits.backups > 0 && index >= limits.backups;
    if (isTooMany || (limits.days > 0 && name < oldest)) fs.remove(`${folder}/${name}`);
  });
}
