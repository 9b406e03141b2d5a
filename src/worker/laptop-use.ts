/** What a playground does with its laptop besides typing into its terminals. */
import type { Machine } from "../engine/runtime/machine.ts";
import type { TerminalTarget } from "../session/session.ts";
import { HOME } from "./laptop.ts";
import type { CommandResult } from "./playground-options.ts";

const MOST_FILES = 500;
const DEEPEST = 5;

/** The program that a new terminal starts with. */
export function shellFor(target: TerminalTarget): string[] {
  if (target.kind === "laptop") return ["bash"];
  const { namespace, pod, container } = target;
  return ["kubectl", "exec", "-it", "-n", namespace, pod, "-c", container, "--", "sh"];
}

/** Runs a command outside of any terminal. */
export function runOnLaptop(
  laptop: Machine,
  command: { argv: string[]; stdin: string },
  done: (result: CommandResult) => void,
): void {
  let stdout = "";
  let stderr = "";
  const process = laptop.start({
    argv: command.argv,
    cwd: HOME,
    stdio: {
      stdin: "open",
      stdout: { write: (text) => void (stdout += text) },
      stderr: { write: (text) => void (stderr += text) },
    },
    onExit: (exitCode) => done({ stdout, stderr, exitCode }),
  });
  process.writeStdin(command.stdin);
  process.closeStdin();
}

/** Files in a folder and below, without hidden ones: the first few hundred. */
export function filesBelow(fs: Machine["fs"], root: string): { path: string; size: number }[] {
  const files: { path: string; size: number }[] = [];
  const visit = (folder: string, depth: number): void => {
    for (const name of fs.readdir(folder)) {
      if (name.startsWith(".") || files.length >= MOST_FILES) continue;
      const path = `${folder}/${name}`;
      const { type, size } = fs.stat(path);
      if (type === "file") files.push({ path, size });
      else if (type === "directory" && depth < DEEPEST) visit(path, depth + 1);
    }
  };
  visit(root, 0);
  return files;
}
