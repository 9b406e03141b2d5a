/** The user's own editor behind `kubectl edit`, for kubectl run from a real terminal. Upstream: kubectl pkg/cmd/util/editor. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemError } from "../engine/base/program.ts";

const DEFAULT_EDITOR = "vi";

/** The text as the editor left it. A command of several words goes through a shell, as upstream. */
export function editInTerminal(
  text: string,
  { env, cwd }: { env: Readonly<Record<string, string>>; cwd: string },
): string {
  const editor = env["KUBE_EDITOR"] || env["EDITOR"] || DEFAULT_EDITOR;
  const folder = mkdtempSync(join(tmpdir(), "kubectl-edit-"));
  try {
    const file = join(folder, "edit.yaml");
    writeFileSync(file, text);
    const { status } = spawnSync("sh", ["-c", `${editor} "$1"`, "sh", file], { env, cwd, stdio: "inherit" });
    if (status !== 0) throw new SystemError("ENOENT", editor);
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
