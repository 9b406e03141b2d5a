/**
 * The host's side of awk, sed, jq and yq: loads just-bash when one of them is first used and runs the one command in an
 * empty world of its own. It never touches the host's files or network.
 */
import type { JustBashAnswer, JustBashCall } from "../engine/userland/just-bash.ts";

/** Answers `external` calls: `kernel.options.externals` hands them over and calls `done` with what this resolves to. */
export async function answerJustBash(name: string, args: unknown): Promise<JustBashAnswer> {
  if (name !== "just-bash") throw new Error(`${name} is not available here`);
  const call = args as JustBashCall;
  const { Bash } = await import("just-bash");
  const bash = new Bash({ files: { ...call.files, "/tmp/.stdin": call.stdin }, cwd: call.cwd, env: call.env });
  const command = [call.command, ...call.args].map(quote).join(" ");
  const result = await bash.exec(`${command} < /tmp/.stdin`);
  const files: Record<string, string> = {};
  for (const [path, before] of Object.entries(call.files)) {
    const after: unknown = await bash.fs.readFile(path).catch(() => before);
    if (typeof after === "string" && after !== before) files[path] = after;
  }
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode, files };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
