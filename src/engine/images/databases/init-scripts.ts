/**
 * What lies in /docker-entrypoint-initdb.d: an image's entry point runs it once, when it has made the data directory.
 *
 * **Simplified:** a statement that the engine doesn't understand is named and passed over, where the real entry point would
 * end at one that is wrong. Where there are shell scripts too, an official image's entry point runs all
 * (`entrypoint-scripts.ts`).
 */
import type { ServerContext } from "../define-image.ts";
import type { Outcome } from "./sql-engine.ts";
import { splitStatements } from "./sql-lexer.ts";

const FOLDER = "/docker-entrypoint-initdb.d";
const SHOWN = 80;

export function runInitScripts(ctx: ServerContext, run: (sql: string) => Outcome, says: (text: string) => void): void {
  const { fs } = ctx;
  if (!fs.exists(FOLDER)) return;
  for (const name of fs.readdir(FOLDER)) {
    const path = `${FOLDER}/${name}`;
    if (name.startsWith(".") || fs.stat(path).type === "directory") continue;
    if (!name.endsWith(".sql")) {
      const isScript = /\.(sh|sql\.\w+)$/.test(name);
      says(isScript ? `Drydock: ${path} is not run in this playground` : `ignoring ${path}`);
      continue;
    }
    says(`running ${path}`);
    const { statements, rest } = splitStatements(asSql(fs.readFile(path)));
    for (const statement of [...statements, rest].map((text) => text.trim()).filter((text) => text !== "")) {
      const outcome = run(statement);
      if (outcome.kind === "problem")
        ctx.log(`Drydock: not done in this playground: ${statement.replace(/\s+/g, " ").slice(0, SHOWN)}`, "stderr");
    }
  }
}

/** psql's `\c` is what USE is to the engine. */
function asSql(text: string): string {
  return text.replace(/^\\c(?:onnect)?\s+"?(\w+)"?.*$/gm, "USE $1;").replace(/^\\.*$/gm, "");
}
