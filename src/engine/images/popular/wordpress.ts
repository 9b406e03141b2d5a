/**
 * WordPress on Apache: it reaches its database or says that it can't, and shows its installer until somebody has filled it
 * in. Upstream: docker-library/wordpress.
 * **Simplified:** the installer writes one table of options, and the blog has one page: its title and its first post.
 */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { formOf } from "../applications/app-state.ts";
import { whenAnswered } from "../applications/back-ends.ts";
import { askSql, outcomeOf } from "../applications/sql-client.ts";
import type { Database } from "../applications/sql-client.ts";
import { defineImage } from "../define-image.ts";
import type { Server, ServerContext } from "../define-image.ts";
import { AccessLog } from "../http-log.ts";
import { apacheBindFails, phpApacheShows } from "../httpd.ts";
import { tags } from "../tags.ts";
import { html } from "../web-app.ts";

const TABLE = "CREATE TABLE IF NOT EXISTS wp_options (option_name VARCHAR(191) PRIMARY KEY, option_value TEXT)";
const TITLE = "SELECT option_value FROM wp_options WHERE option_name = 'blogname'";
const DEFAULT_PORT = "3306";

function database(ctx: ServerContext): Database {
  const setting = (name: string, otherwise: string): string => {
    const file = ctx.env[`WORDPRESS_DB_${name}_FILE`];
    if (file !== undefined && ctx.fs.exists(file)) return ctx.fs.readFile(file).trim();
    return ctx.env[`WORDPRESS_DB_${name}`] ?? otherwise;
  };
  const host = setting("HOST", "mysql");
  return {
    place: host.includes(":") ? host : `${host}:${DEFAULT_PORT}`,
    user: setting("USER", "example username"),
    password: setting("PASSWORD", "example password"),
    database: setting("NAME", "wordpress"),
  };
}

function unreachable(): ServedResponse {
  return html("Database Error", "<h1>Error establishing a database connection</h1>", 500);
}

const INSTALLER = `<h1>Welcome</h1>
<p>Welcome to the famous five-minute WordPress installation process!</p>
<form method="post" action="install.php?step=2">
<label>Site Title <input name="weblog_title"></label>
<label>Username <input name="user_name"></label>
<label>Password <input name="admin_password" type="password"></label>
<label>Your Email <input name="admin_email"></label>
<button>Install WordPress</button>
</form>`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function page(request: ServedRequest, ctx: ServerContext): ServedResponse {
  const { path, method, body } = request;
  const place = database(ctx);
  if (method === "POST" && path === "/wp-admin/install.php") {
    const title = (formOf(body)["weblog_title"] ?? "").replaceAll("'", "''");
    const insert = `INSERT INTO wp_options VALUES ('blogname', '${title}')`;
    return whenAnswered(ctx, [askSql(ctx, place, TABLE, insert)], ([reply]) => {
      if (typeof outcomeOf(reply as never) === "string") return unreachable();
      return html("WordPress &rsaquo; Success!", "<h1>Success!</h1>\n<p>WordPress has been installed.</p>");
    });
  }
  return whenAnswered(ctx, [askSql(ctx, place, TABLE, TITLE)], ([reply]) => {
    const outcome = outcomeOf(reply as never);
    if (typeof outcome === "string") {
      ctx.log(`WordPress database error: ${outcome}`, "stderr");
      return unreachable();
    }
    const title = outcome.kind === "rows" ? outcome.rows[0]?.[0] : undefined;
    if (path === "/wp-admin/install.php") {
      return title === undefined
        ? html("WordPress &rsaquo; Installation", INSTALLER)
        : html("WordPress &rsaquo; Installation", "<h1>Already Installed</h1>");
    }
    if (title === undefined) {
      const location = `http://${request.headers["host"] ?? ctx.podIP}/wp-admin/install.php`;
      return { status: 302, headers: { location, "content-type": "text/html; charset=UTF-8" }, body: "" };
    }
    if (path !== "/" && path !== "/index.php") return html("Page not found", "<h1>Page not found</h1>", 404);
    return html(
      escaped(String(title)),
      `<h1>${escaped(String(title))}</h1>\n<h2>Hello world!</h2>\n<p>Welcome to WordPress.</p>`,
    );
  });
}

const start: Server = (ctx) => {
  const access = new AccessLog({ forwarded: false });
  ctx.use({ cpuMillicores: 2, memoryBytes: 60 * 1024 * 1024 });
  ctx.log("WordPress not found in /var/www/html - copying now...", "stderr");
  ctx.log("Complete! WordPress has been successfully copied to /var/www/html", "stderr");
  ctx.after(500, () =>
    ctx.listen(80, (request) => {
      const answer = page(request, ctx);
      const note = (response: ServedResponse): ServedResponse => {
        ctx.log(access.line(request, response.status, response.body.length));
        return response;
      };
      const { later } = answer;
      return later === undefined ? note(answer) : { ...answer, later: (give) => later((late) => give(note(late))) };
    }),
  );
  const stop = (): void => ctx.exit(0);
  return { signals: { SIGTERM: stop, SIGWINCH: stop, SIGINT: stop } };
};

export const wordpress = defineImage({
  name: "docker.io/library/wordpress",
  tags: tags(230, "latest 4.8 4.9 5 5.2 5.8 5.9 6 6.0..8 6.1.1 6.2.1 6.4.3 6.8.3 apache", [
    "",
    "-apache",
    "-php8.2",
    "-php8.3-apache",
  ]),
  entrypoint: ["docker-entrypoint.sh"],
  cmd: ["apache2-foreground"],
  files: { "/usr/local/bin/docker-entrypoint.sh": '#!/bin/sh\nexec "$@"\n' },
  workingDir: "/var/www/html",
  exposedPorts: [80],
  volumes: ["/var/www/html"],
  userland: "debian",
  programs: () => ({
    "/usr/local/bin/apache2-foreground": { kind: "server", start, bindFails: apacheBindFails, shows: phpApacheShows },
  }),
});
