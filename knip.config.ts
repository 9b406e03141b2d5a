/** What knip counts as used. A pattern that ends in `!` belongs to production: `knip --production` looks at nothing else. */
import type { KnipConfig } from "knip";

const config: KnipConfig = {
  entry: ["src/worker/index.ts!", "src/cli/index.ts!", "scripts/*.{ts,mjs}", "scripts/first-screen/first-screen.ts"],
  project: [
    "src/**/*.{ts,tsx,css}!",
    "!src/**/*.test.{ts,tsx}!",
    "!src/**/testing/**!",
    "bench/**/*.ts",
    "scripts/**/*.{ts,mjs}",
    "e2e/**/*.ts",
  ],
  ignoreExportsUsedInFile: true,
  // Complete for its kinds, whatever of it is used today.
  ignoreIssues: {
    "src/engine/api/generated/types.ts": ["types"],
    // What the build puts in a function's place imports it.
    "src/worker/missing.ts": ["exports"],
  },
  ignoreDependencies: [
    // Read as files, not imported: descriptions and structure, the rival's bundle, the page's accessibility check.
    "@ngrok/webernetes",
    "axe-core",
  ],
  // `npm start` builds with a development dependency; scripts/browser.ts asks the system for a browser, and a test runs a
  // real kubectl where there is one.
  ignoreBinaries: process.argv.includes("--production") ? ["vite"] : ["apt-get", "kubectl"],
  compilers: {
    css: (text: string) => [...text.matchAll(/@import\s+("[^"]+")/g)].map(([, path]) => `import ${path};`).join("\n"),
  },
};

export default config;
