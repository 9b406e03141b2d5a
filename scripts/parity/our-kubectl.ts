/** Our kubectl as a command of its own, bundled so that it starts at once. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The folder that holds it. */
export async function buildOurKubectl(): Promise<string> {
  const folder = fileURLToPath(new URL("../../.build/parity/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL("../../src/cli/kubectl.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    outfile: `${folder}kubectl.mjs`,
    logLevel: "error",
  });
  writeFileSync(
    `${folder}run.mjs`,
    'import { runKubectl } from "./kubectl.mjs";\nprocess.exitCode = await runKubectl(process.argv.slice(2));\n',
  );
  writeFileSync(`${folder}kubectl`, `#!/bin/sh\nexec "${process.execPath}" "${folder}run.mjs" "$@"\n`);
  chmodSync(`${folder}kubectl`, 0o755);
  return folder;
}
