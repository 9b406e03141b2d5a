/** nginx by its configuration: what it serves, and what it doesn't start with. */
import { describe, expect, it } from "vitest";
import type { Pod } from "../api/generated/types.ts";
import { configMaps, pods, services } from "../api/registry.ts";
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
    test.client
      .resource(configMaps)
      .create({ metadata: { name, namespace: "default" }, data: { "default.conf": conf } });
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
      'server { listen 80; location / { default_type text/plain; return 200 "back $request_uri for $host\\n"; } }',
    );
    test.run(15_000);
    pod(
      test,
      "front",
      `server {
  listen 8080;
  root /usr/share/nginx/html;
  location = /healthz { return 204; }
  location /api/ { proxy_pass http://back.default.svc.cluster.local/; proxy_set_header Host $host; }
  location /gone { return 301 https://example.com$request_uri; }
  location ~ \\.secret$ { deny all; }
  location /app { try_files $uri /index.html; add_header X-App yes; }
}`,
    );
    pod(test, "broken", "server {\n  listen 80;\n  proxypass http://x;\n}\n");
    pod(test, "lost", "server {\n  listen 80;\n  location / { proxy_pass http://nowhere:3000; }\n}\n");
    if (!test.runUntil(() => ready(test.get(pods, "front")), 60_000)) throw new Error("no front");
    test.run(5000);
    const port = test.cluster.network.node("worker-1")?.port();
    if (port === undefined) throw new Error("no node");
    const get = (path: string) => {
      const url = `http://${test.get(pods, "front").status.podIP}:8080${path}`;
      const outcome = test.cluster.network.exchange(port, { method: "GET", url, headers: { Host: "shop" }, body: "" });
      if (!outcome.ok) throw new Error(outcome.why);
      return outcome.response;
    };
    expect(get("/healthz").status).toBe(204);
    expect(get("/api/v1?x=1").body).toBe("back /v1?x=1 for shop\n");
    expect(get("/gone/a")).toMatchObject({ status: 301, headers: { location: "https://example.com/gone/a" } });
    expect(get("/my.secret").status).toBe(403);
    expect(get("/app/deep")).toMatchObject({ status: 200, headers: { "x-app": "yes" } });
    expect(get("/app/deep").body).toContain("Welcome to nginx!");
    expect(get("/").body).toContain("Welcome to nginx!");
    const log = (name: string): string => test.cluster.podLog("default", name);
    expect(log("front")).toMatch(/"GET \/api\/v1\?x=1 HTTP\/1\.1" 200 22 "-" "-" "-"/);
    expect(log("broken")).toContain(
      'nginx: [emerg] unknown directive "proxypass" in /etc/nginx/conf.d/default.conf:3\n',
    );
    expect(log("lost")).toContain(
      '[emerg] 1#1: host not found in upstream "nowhere" in /etc/nginx/conf.d/default.conf:3\n',
    );
    expect(test.get(pods, "broken").status.containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
  });
});
