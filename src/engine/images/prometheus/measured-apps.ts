/** Small servers that count their requests, as tutorials of custom metrics deploy them. */
import { processState } from "../applications/app-state.ts";
import type { ImageDefinition } from "../define-image.ts";
import { tags } from "../tags.ts";
import { defineWebApp } from "../web-app.ts";
import { RequestCounts } from "../../base/request-counts.ts";

const HELP = "The amount of requests served by the server in total";
const countsOf = processState(() => new RequestCounts("http_requests_total", HELP));

/** The sample application of prometheus-adapter's walkthrough. */
const autoscaleDemo = defineWebApp({
  name: "docker.io/luxas/autoscale-demo",
  tags: tags(22, "v0.1.2 latest"),
  port: 8080,
  program: "/autoscale-demo",
  userland: "none",
  exitCode: 2,
  page: ({ path }, ctx) => {
    if (path === "/metrics") return countsOf(ctx).text();
    countsOf(ctx).count({});
    return `Hello! My name is ${ctx.hostname}. I have served ${countsOf(ctx).total} requests so far.\n`;
  },
});

/** Prometheus' example app: labels by status code and method. */
const exampleApp = ["quay.io/brancz/prometheus-example-app", "ghcr.io/rhobs/prometheus-example-app"].map((name) =>
  defineWebApp({
    name,
    tags: tags(8, "v0.1.0 v0.2.0 v0.3.0 v0.4.0..2 v0.5.0"),
    port: 8080,
    program: "/bin/app",
    userland: "none",
    exitCode: 2,
    page: ({ path, method }, ctx) => {
      if (path === "/metrics") return countsOf(ctx).text();
      const found = path === "/" || path === "/err";
      countsOf(ctx).count({ code: path === "/" ? "200" : "404", method: method.toLowerCase() });
      return path === "/" ? "Hello from example application." : found ? { status: 404, body: "" } : undefined;
    },
  }),
);

export const measuredApps: readonly ImageDefinition[] = [autoscaleDemo, ...exampleApp];
