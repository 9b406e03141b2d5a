/** Finds a Chromium for the browser tests, and fetches one where there is none. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const KNOWN = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of an installed browser, or undefined when Playwright has one of its own. Exits when none can be had. */
export function ensureBrowser(): string | undefined {
  const wanted = process.env["DRYDOCK_CHROMIUM"];
  if (wanted) return wanted;
  const installed = KNOWN.find((path) => existsSync(path));
  if (installed) return installed;
  if (existsSync(chromium.executablePath())) return undefined;
  console.log("no browser found: asking Playwright for one");
  const { status } = spawnSync("npx", ["playwright", "install", "chromium"], { stdio: "inherit" });
  if (status === 0 && existsSync(chromium.executablePath())) return undefined;
  if (existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
    console.log("trying Debian's chromium");
    spawnSync("apt-get", ["update"], { stdio: "inherit" });
    spawnSync("apt-get", ["install", "-y", "chromium"], { stdio: "inherit" });
    if (existsSync("/usr/bin/chromium")) return "/usr/bin/chromium";
  }
  console.error("the browser tests need Chromium: install it, or set DRYDOCK_CHROMIUM to its path");
  process.exit(1);
}
