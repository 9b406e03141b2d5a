import type { Plugin } from "vite";
import { lessonFiles } from "./lessons.ts";

/** Puts the rendered lessons into the built site, and serves them fresh while developing. */
export function lessonsPlugin(): Plugin {
  return {
    name: "drydock-lessons",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = /\/lessons\/(.*\.json)$/.exec(request.url?.split("?")[0] ?? "")?.[1];
        const file = path === undefined ? undefined : lessonFiles().get(path);
        if (file === undefined) return next();
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(file));
      });
    },
    generateBundle() {
      for (const [path, content] of lessonFiles()) {
        this.emitFile({ type: "asset", fileName: `lessons/${path}`, source: JSON.stringify(content) });
      }
    },
  };
}
