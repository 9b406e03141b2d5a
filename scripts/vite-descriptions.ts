import type { Plugin } from "vite";
import { installedDescriptions } from "../src/cli/descriptions.ts";

const FILE = "descriptions.json";

/** Puts the API's descriptions beside the site: a file of its own, which the worker fetches when it is up. */
export function descriptionsPlugin(): Plugin {
  return {
    name: "drydock-descriptions",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (request.url?.split("?")[0]?.endsWith(`/${FILE}`) !== true) return next();
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(installedDescriptions()));
      });
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName: FILE, source: JSON.stringify(installedDescriptions()) });
    },
  };
}
