#!/usr/bin/env node
// The sources are TypeScript; tsx runs them as they are, so there is nothing to build first.
import { register } from "tsx/esm/api";

register();
const { main } = await import("../src/cli/index.ts");
process.exitCode = await main(process.argv.slice(2));
