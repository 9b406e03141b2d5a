/** The built site behind a server that compresses, as a web host does, and a browser to open it in. */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "@playwright/test";

/** What runs is bundled elsewhere: the built page is found from where npm starts a script. */
const DIST = resolve("dist");
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

export interface Site {
  url: string;
  browser: Browser;
  /** Bytes of a file as it goes over the line, 0 for none. */
  sizeOf(path: string): number;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  if (!existsSync(`${DIST}/index.html`)) throw new Error("run `npm run build` first");
  // Loaded here alone: the other benchmarks' heaps are to hold none of it.
  const { chromium } = await import("@playwright/test");
  const { ensureBrowser } = await import("../scripts/browser.ts");
  const files = new Map<string, Buffer>();
  const fileAt = (path: string): Buffer | undefined => {
    const file = `${DIST}${path === "/" ? "/index.html" : path}`;
    if (!files.has(path) && existsSync(file)) files.set(path, gzipSync(readFileSync(file)));
    return files.get(path);
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    const file = fileAt(pathname);
    if (file === undefined) return void response.writeHead(404).end();
    const type = TYPES[pathname === "/" ? ".html" : extname(pathname)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-encoding": "gzip", "content-length": file.length });
    response.end(file);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const executablePath = ensureBrowser();
  const browser = await chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: ["--no-sandbox", "--disable-gpu"],
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    browser,
    sizeOf: (path) => fileAt(path)?.length ?? 0,
    async close() {
      await browser.close();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
