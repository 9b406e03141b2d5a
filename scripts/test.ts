/** `npm test`: all checks and unit tests, then the page is built and driven in a real browser. */
import { spawnSync } from "node:child_process";
import { ensureBrowser } from "./browser.ts";

function run(command: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}

run("npm", ["run", "--silent", "generate"]);
run("npm", ["run", "--silent", "check"]);
run("npm", ["run", "--silent", "build"]);
const browser = ensureBrowser();
run("npx", ["playwright", "test"], browser === undefined ? {} : { DRYDOCK_CHROMIUM: browser });
