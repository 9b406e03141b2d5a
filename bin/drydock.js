#!/usr/bin/env node
// The sources are TypeScript; tsx runs them as they are, so there is nothing to build first.
import { register } from "tsx/esm/api";

// `drydock run … | head` closes our output early: that is no failure.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

register();
const { main } = await import("../src/cli/index.ts");
process.exitCode = await main(process.argv.slice(2));
