/** `drydock`: the simulator in a terminal. Each subcommand is one file and one line here. */
import { bench } from "./bench.ts";
import { cases } from "./cases/index.ts";
import { runKubectl } from "./kubectl.ts";
import { lessons } from "./lessons.ts";
import { UsageError } from "./options.ts";
import { run } from "./run.ts";
import { serve } from "./serve.ts";
import { trace } from "./trace.ts";

type Subcommand = (args: readonly string[]) => Promise<number>;

const SUBCOMMANDS: Readonly<Record<string, { run: Subcommand; help: string }>> = {
  serve: { run: serve, help: "the simulated API server on loopback HTTP, for real clients" },
  run: { run, help: "runs a file of terminal lines in virtual time and prints the transcript" },
  kubectl: { run: runKubectl, help: "Drydock's own kubectl against any API server" },
  lessons: { run: lessons, help: "checks that lessons are unsolved at the start and solved by their solution" },
  cases: {
    run: cases,
    help: "runs data cases (facts from Kubernetes' own test tables) through the engine's functions",
  },
  trace: { run: trace, help: "sends a request within a cluster that drydock serve serves, and tells every hop" },
  bench: { run: bench, help: "runs the benchmarks" },
};

function usage(): string {
  const lines = Object.entries(SUBCOMMANDS).map(([name, { help }]) => `  ${name.padEnd(9)}${help}`);
  return `usage: drydock <command> [flags]\n\n${lines.join("\n")}\n\nServe: [--port 8001] [--preset NAME] [--seed N] [--speed N|max|0] [--kubeconfig FILE] [--anonymous] [--tls]\nRun:   FILE|- [--preset NAME] [--seed N] [--limit 10m] [--json]\nCases: DIR [TOPIC…]\nTrace: FROM URL [--server http://127.0.0.1:8001] [--json]\n`;
}

export async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  const subcommand = SUBCOMMANDS[name];
  if (subcommand === undefined) {
    const wantsHelp = name === "" || name === "help" || name === "--help" || name === "-h";
    (wantsHelp ? process.stdout : process.stderr).write(
      wantsHelp ? usage() : `drydock: unknown command "${name}"\n\n${usage()}`,
    );
    return wantsHelp ? 0 : 2;
  }
  try {
    return await subcommand.run(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`drydock ${name}: ${error.message}\n`);
    return 2;
  }
}
