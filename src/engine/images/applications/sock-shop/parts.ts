/** What Sock Shop's services have in common: their health, their images, and an answer that needs others. */
import type { ServedRequest, ServedResponse } from "../../../runtime/network-port.ts";
import type { ImageDefinition, ServerContext } from "../../define-image.ts";
import { tags } from "../../tags.ts";
import { defineWebApp, json } from "../../web-app.ts";
import { failures, whenAnswered } from "../back-ends.ts";
import type { Asking, Reply } from "../back-ends.ts";

export const repository = (part: string): string => `docker.io/weaveworksdemos/${part}`;

/** What it answers to `/health`: itself and its database, as `OK` or `err`. */
export function health(
  ctx: ServerContext,
  service: string,
  database?: { name: string; asking: Asking },
): ServedResponse {
  const time = new Date(ctx.now()).toISOString();
  const own = { service, status: "OK", time };
  if (database === undefined) return json({ health: [own] });
  return whenAnswered(ctx, [database.asking], ([reply]) => {
    const status = reply?.errno === undefined ? "OK" : "err";
    return json({ health: [own, { service: database.name, status, time }] });
  });
}

/** An answer once everything that it needs is there; else 500 with what could not be reached. */
export function needing(
  ctx: ServerContext,
  askings: readonly Asking[],
  page: (replies: readonly Reply[]) => ServedResponse,
): ServedResponse {
  return whenAnswered(ctx, askings, (replies) => {
    const [failed] = failures(replies);
    if (failed === undefined) return page(replies);
    ctx.log(`err="${failed}"`, "stderr");
    return problem(500, failed, "Internal Server Error");
  });
}

export function problem(status: number, error: string, text: string): ServedResponse {
  return json({ error, status_code: status, status_text: text }, status);
}

interface Part {
  name: string;
  tag: string;
  page(request: ServedRequest, ctx: ServerContext): string | ServedResponse | undefined;
}

/** The services in Go: a small binary that logs in logfmt. */
export function goService({ name, tag, page }: Part): ImageDefinition {
  return defineWebApp({
    name: repository(name),
    tags: tags(15, `${tag} latest`),
    port: 80,
    portFlag: true,
    program: name === "user" ? "/user" : "/app",
    userland: "busybox",
    memoryMB: 10,
    exitCode: 0,
    page,
    banner: (port, ctx) => [`ts=${new Date(ctx.now()).toISOString()} caller=main.go transport=HTTP port=${port}`],
    logLine: ({ method, path }, status, time) =>
      `ts=${new Date(time).toISOString()} caller=middlewares.go method=${method} path=${path} status=${status}`,
  });
}

/** The services in Java: Spring Boot takes its time, and Tomcat needs a folder in /tmp. */
export function javaService({ name, tag, page }: Part): ImageDefinition {
  const type = `${name.replaceAll("-", "")}.Application`;
  return defineWebApp({
    name: repository(name),
    tags: tags(87, `${tag} latest`),
    port: 80,
    program: "/usr/local/bin/java.sh",
    userland: "busybox",
    memoryMB: 230,
    startMs: 25_000,
    writes: "/tmp",
    exitCode: 143,
    page,
    banner: (port) => [
      `INFO [${name},,,] [main] s.b.c.e.t.TomcatEmbeddedServletContainer : Tomcat started on port(s): ${port} (http)`,
      `INFO [${name},,,] [main] w.w.s.${type} : Started application in 24.1 seconds`,
    ],
  });
}
