/** Transcripts: `$ command` and then exactly what it prints, errors included. */
import type { TestMachine } from "./session.ts";

/** The transcript as it comes out now: each command in a shell of its own, all on one machine. */
export function rerun(machine: TestMachine, transcript: string, shell = "bash"): string {
  const commands = transcript
    .trim()
    .split(/^\$ /m)
    .slice(1)
    .map((block) => {
      const at = block.indexOf("\n");
      return at < 0 ? block : block.slice(0, at);
    });
  let actual = "";
  for (const command of commands) {
    const { stdout, stderr, code } = machine.run(command, { shell });
    const output = stdout + stderr;
    actual += `$ ${command}\n${output}${output === "" || output.endsWith("\n") ? "" : "\n"}${code === 0 ? "" : `[${code}]\n`}`;
  }
  return actual;
}
