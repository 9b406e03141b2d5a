/** nginx by its configuration: what it serves, and what it doesn't start with. */
import { describe, expect, it } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import { configMaps, pods, services } from "../api/registry.ts";
import { apr1 } from "../base/apr1.ts";
import { encodeBase64 } from "../base/base64.ts";
import { createTestCluster } from "../cluster/testing/test-cluster.ts";
import type { TestCluster } from "../cluster/testing/test-cluster.ts";
import { NginxConfError, readNginxConf } from "./nginx-conf.ts";

function read(text: string): unknown {
  return readNginxConf("/etc/nginx/nginx.conf", { read: () => text, list: () => [] });
}

describe("nginx' configuration language", () => {
  it("has directives, blocks, quotes and comments", () => {
    const file = "/etc/nginx/nginx.conf";
    expect(read(`http { # all\n server { return 200 "a;b\\"c"; }\n}\n`)).toEqual([
      {
        name: "http",
        args: [],
        line: 1,
        file,
        block: [
          {
            name: "server",
            args: [],
            line: 2,
            file,
            block: [{ name: "return", args: ["200", 'a;b"c'], line: 2, file, block: undefined }],
          },
        ],
      },
    ]);
  });

  it("says what is wrong where", () => {
    const says = (text: string, message: string): void => expect(() => read(text)).toThrow(new NginxConfError(message));
    says("http {\n  sever { }\n}", 'unknown directive "sever" in /etc/nginx/nginx.conf:2');
    says("http {\n", 'unexpected end of file, expecting "}" in /etc/nginx/nginx.conf:2');
    says("http { listen 80 }", 'unexpected "}" in /etc/nginx/nginx.conf:1');
    says("}", 'unexpected "}" in /etc/nginx/nginx.conf:1');
  });
});

describe("nginx in a pod", () => {
  const ready = ({ status }: Pod): boolean =>
    status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;

  function pod(test: TestCluster, name: string, conf: string): void {
    test.client.resource(configMaps).create({
      metadata: { name, namespace: "default" },
      data: { "default.conf": conf, users: `jane:${apr1("open", "H6uskkkW")}\n` },
    });
    const volumes = [{ name: "conf", configMap: { name } }];
    const containers = [
      { name: "main", image: "nginx", volumeMounts: [{ name: "conf", mountPath: "/etc/nginx/conf.d" }] },
    ];
    test.client
      .resource(pods)
      .create({ metadata: { name, namespace: "default", labels: { app: name } }, spec: { containers, volumes } });
  }

  it("serves what its config map says, and ends with what nginx can't read", () => {
    const test = createTestCluster({ seed: 1 });
    test.client.resource(services).create({
      metadata: { name: "back", namespace: "default" },
      spec: { selector: { app: "back" }, ports: [{ port: 80 }] },
    });
    pod(
      test,
      "back",
      'server { listen 80; location /check { add_header X-User "$http_cookie for $http_x_original_uri"; if ($http_cookie = "") { return 401; } if ($http_cookie = bad) { return 403; } return 204; } location / { default_type text/plain; return 200 "back $request_uri for $host\\n"; } }',
    );
    test.run(15_000);
    pod(
      test,
      "front",
      `limit_req_zone $binary_remote_addr zone=one:10m rate=1r/s;
map $http_user_agent $kind { default person; ~*bot robot; "curl" tool; }
server {
  listen 8080;
  server_tokens off;
  root /usr/share/nginx/html;
  location = /healthz { return 204; }
  location /api/ { proxy_pass http://back.default.svc.cluster.local/; proxy_set_header Host $host; }
  location /gone { return 301 https://example.com$request_uri; }
  location ~ \\.secret$ { deny all; }
  client_max_body_size 1k;
  gzip on;
  error_page 404 /missing.html;
  error_page 403 =200 @denied;
  location = /missing.html { default_type text/html; return 200 "no $uri for $kind"; }
  location @denied { default_type text/plain; return 200 "not for $remote_addr"; }
  location /none { return 404; }
  location /inside { allow 10.244.0.0/16; deny all; return 200 never; }
  location /gate { allow 10.244.0.0/16; deny all; }
  location /open/ { allow 172.18.0.0/16; deny all; alias /etc/nginx/; autoindex on; types { text/x-conf conf; } }
  location /vars { set $who "you"; add_header X-Kind $kind; default_type text/plain; return 200 "$who are $kind"; }
  location /slow { proxy_pass http://10.244.9.9:81; proxy_read_timeout 2s; }
  location /if {
    default_type text/plain;
    if ($request_method = POST) { return 405; }
    if ($http_user_agent ~* "(google|bing)bot") { return 200 "robot of $1"; }
    if ($arg_lang) { add_header X-Lang $arg_lang; }
    if (!-f /etc/nginx/nothing) { set $file none; }
    return 200 "$file";
  }
  location /conf.d/ { root /etc/nginx; default_type text/plain; if (-f $request_filename) { return 200 "$request_filename in $document_root"; } }
  location /secret/ { auth_basic "Staff only"; auth_basic_user_file conf.d/users; alias /usr/share/nginx/html/; }
  location /near/ { absolute_redirect off; alias /etc/nginx/; }
  location /lost/ { auth_basic "x"; auth_basic_user_file nowhere; }
  location /private/ { auth_request /check; auth_request_set $who $upstream_http_x_user; add_header X-Who $who; error_page 401 = @login; alias /usr/share/nginx/html/; }
  location /error/ { auth_request /none; alias /usr/share/nginx/html/; }
  location = /check { internal; proxy_pass http://back.default.svc.cluster.local; proxy_pass_request_body off; proxy_set_header X-Original-URI $request_uri; }
  location @login { return 302 /login?rd=$request_uri; }
  location /limited { limit_req zone=one burst=1; limit_req_status 429; try_files /index.html =404; }
  location /app { try_files $uri /index.html; add_header X-App yes; }
}`,
    );
    pod(test, "broken", "server {\n  listen 80;\n  proxypass http://x;\n}\n");
    pod(test, "unzoned", "server { listen 80; location / { limit_req zone=two; } }");
    pod(test, "lost", "server {\n  listen 80;\n  location / { proxy_pass http://nowhere:3000; }\n}\n");
    if (!test.runUntil(() => ready(test.get(pods, "front")), 60_000)) throw new Error("no front");
    test.run(5000);
    const port = test.cluster.network.node("worker-1")?.port();
    if (port === undefined) throw new Error("no node");
    const get = (path: string, more: Record<string, string> = {}, body = "") => {
      const url = `http://${test.get(pods, "front").status.podIP}:8080${path}`;
      const outcome = test.cluster.network.exchange(port, {
        method: "GET",
        url,
        headers: { Host: "shop", ...more },
        body,
      });
      if (!outcome.ok) throw new Error(outcome.why);
      return outcome.response;
    };
    expect(get("/healthz").status).toBe(204);
    expect(get("/api/v1?x=1").body).toBe("back /v1?x=1 for shop\n");
    expect(get("/gone/a")).toMatchObject({ status: 301, headers: { location: "https://example.com/gone/a" } });
    // The redirect within nginx ends outside of the location, and its headers don't come along.
    expect([get("/app/deep").status, get("/app/deep").headers?.["x-app"]]).toEqual([200, undefined]);
    expect(get("/app/deep").body).toContain("Welcome to nginx!");
    expect(get("/").body).toContain("Welcome to nginx!");
    expect(get("/none")).toMatchObject({ status: 404, body: "no /missing.html for person" });
    expect(get("/my.secret")).toMatchObject({ status: 200, headers: { "content-type": "text/plain" } });
    expect(get("/my.secret").body).toMatch(/^not for 172\.18\./);
    expect(get("/inside").body).toBe("never");
    expect(get("/gate").body).toMatch(/^not for /);
    expect(get("/open/conf.d/default.conf").headers?.["content-type"]).toBe("text/x-conf");
    expect(get("/open/").headers?.["server"]).toBe("nginx");
    expect(get("/open/").body).toMatch(
      /^<html>\r\n<head><title>Index of \/<\/title><\/head>\r\n<body>\r\n<h1>Index of \/<\/h1><hr><pre><a href="\.\.\/">\.\.\/<\/a>\r\n<a href="conf\.d\/">conf\.d\/<\/a> {44}\d\d-\w{3}-\d{4} \d\d:\d\d {19}-\r\n<a href="mime/,
    );
    // A redirect names the port that nginx listens on, whatever port leads to it from outside.
    expect(get("/open/conf.d?a=1", { Host: "shop:30080" })).toMatchObject({
      status: 301,
      headers: { location: "http://shop:8080/open/conf.d/?a=1" },
    });
    expect(get("/near/conf.d")).toMatchObject({ status: 301, headers: { location: "/near/conf.d/" } });
    expect(get("/vars", { "user-agent": "Googlebot/2" })).toMatchObject({
      body: "you are robot",
      headers: { "x-kind": "robot" },
    });
    expect(get("/vars", { "user-agent": "curl" }).body).toBe("you are tool");
    expect(get("/vars", {}, "x".repeat(1025)).status).toBe(413);
    expect(get("/if").body).toBe("none");
    expect(get("/conf.d/default.conf").body).toBe("/etc/nginx/conf.d/default.conf in /etc/nginx");
    expect(get("/conf.d/nothing").status).toBe(404);
    expect(get("/if", { "user-agent": "BingBot/1" }).body).toBe("robot of Bing");
    expect(get("/if?lang=de")).toMatchObject({ body: "none", headers: { "x-lang": "de" } });
    const as = (pair: string) => get("/secret/", { Authorization: `Basic ${encodeBase64(pair)}` }).status;
    expect(get("/secret/")).toMatchObject({
      status: 401,
      headers: { "www-authenticate": 'Basic realm="Staff only"' },
    });
    expect([as("jane:open"), as("jane:shut"), as("joe:open")]).toEqual([200, 401, 401]);
    // Another location says who may, and who that is; nobody else asks it.
    expect(get("/private/", { cookie: "jane" })).toMatchObject({
      status: 200,
      headers: { "x-who": "jane for /private/" },
      body: expect.stringContaining("Welcome to nginx!"),
    });
    expect(get("/private/")).toMatchObject({
      status: 302,
      headers: { location: "http://shop:8080/login?rd=/private/" },
    });
    expect(get("/private/", { cookie: "bad" }).status).toBe(403);
    expect([get("/error/").status, get("/check", { cookie: "jane" }).body]).toEqual([
      500,
      "no /missing.html for person",
    ]);
    // Without the file nobody may: 403, which has a page of its own here.
    expect(get("/lost/").body).toMatch(/^not for /);
    expect(
      Array.from({ length: 3 }, () => get("/limited")).map(({ status, delayMs = 1 }) => [status, delayMs > 900]),
    ).toEqual([
      [200, false],
      [200, true],
      [429, false],
    ]);
    expect(get("/slow")).toMatchObject({ status: 504, delayMs: 2000 });
    const log = (name: string): string => test.cluster.podLog("default", name);
    expect(log("front")).toMatch(
      /\[warn\] 1#1: directive "gzip" is not simulated: it has no effect in \/etc\/nginx\/conf\.d\/default\.conf:\d+\n/,
    );
    expect(log("front").match(/\[warn\]/g)?.length).toBe(1);
    expect(log("front")).toMatch(/"GET \/api\/v1\?x=1 HTTP\/1\.1" 200 22 "-" "-" "-"/);
    expect(log("broken")).toContain(
      'nginx: [emerg] unknown directive "proxypass" in /etc/nginx/conf.d/default.conf:3\n',
    );
    expect(log("unzoned")).toContain('[emerg] 1#1: zero size shared memory zone "two"\n');
    expect(log("lost")).toContain(
      '[emerg] 1#1: host not found in upstream "nowhere" in /etc/nginx/conf.d/default.conf:3\n',
    );
    expect(test.get(pods, "broken").status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
  });
});
