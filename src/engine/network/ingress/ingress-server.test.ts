/** What ingress-nginx does with a request, without a cluster: endpoints are functions. */
import { describe, expect, it } from "vitest";
import type { ConfigMap, EndpointSlice, Ingress, Service } from "../../api/generated/types.ts";
import type { HttpRequest } from "../../base/program.ts";
import type { Exchanged, ServedResponse } from "../../runtime/network-port.ts";
import { withoutEffect } from "./annotations.ts";
import { readControllerSettings } from "./controller-settings.ts";
import { endpointsOf } from "./backends.ts";
import { IngressServer } from "./ingress-server.ts";
import { orphans } from "./orphans.ts";
import { buildTable, settingsOf } from "./routing-table.ts";

type Answering = (request: HttpRequest) => ServedResponse | "ECONNREFUSED" | "ETIMEDOUT" | "EPROTO";

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  web: ["10.0.0.1"],
  spare: ["10.0.0.2"],
  pair: ["10.0.0.1", "10.0.0.2"],
};

function ingress(annotations: Record<string, string>, service = "web"): Ingress {
  const own = Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]);
  const object: unknown = {
    metadata: { name: "it", namespace: "default", annotations: Object.fromEntries(own) },
    spec: {
      rules: [
        {
          host: "web.example",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: service, port: { number: 80 } } } }],
          },
        },
      ],
    },
  };
  return object as Ingress;
}

interface More {
  method?: string;
  query?: string;
  port?: number;
  scheme?: string;
}

interface World {
  server: IngressServer;
  asked: HttpRequest[];
  log: string[];
  errors: string[];
  get(headers?: Record<string, string>, more?: More): ServedResponse;
}

/** `answers`: by host and port. Services are `web`, `spare`, and `empty`, which has no endpoint. */
function world(answers: Record<string, Answering>, of: Ingress, defaultService = ""): World {
  const asked: HttpRequest[] = [];
  const log: string[] = [];
  const errors: string[] = [];
  const service = (key: string): Service | undefined => {
    const name = key.split("/")[1] ?? "";
    if (!(name in ADDRESSES) && name !== "empty") return undefined;
    const object: unknown = { metadata: { name, namespace: "default" }, spec: { ports: [{ port: 80 }] } };
    return object as Service;
  };
  const slices = (key: string): EndpointSlice[] => {
    const endpoints = (ADDRESSES[key.split("/")[1] ?? ""] ?? []).map((address) => ({ addresses: [address] }));
    const object: unknown = { addressType: "IPv4", ports: [{ port: 80 }], endpoints };
    return [object as EndpointSlice];
  };
  const host = {
    objects: { service, slices, secret: () => undefined, configMap: (): ConfigMap | undefined => undefined },
    now: () => 0,
    after: (_: number, run: () => void) => run(),
    random: () => 0,
    exchange(request: HttpRequest): Exchanged {
      asked.push(request);
      const place = request.connectTo ?? /^\w+:\/\/([^/?]+)/.exec(request.url)?.[1] ?? "";
      const answer = answers[place]?.(request) ?? "ETIMEDOUT";
      const latencyMs = answer === "ETIMEDOUT" ? (request.connectTimeoutMs ?? 0) : 2;
      if (typeof answer === "string") return { ok: false, errno: answer, latencyMs, hops: [] };
      return { ok: true, response: answer, latencyMs, hops: [] };
    },
    log: (line: () => string) => void log.push(line()),
    complain: (line: () => string) => void errors.push(line()),
    certificate: () => "",
    station: "pod/ingress-nginx/controller",
    httpsPort: 443,
    defaultService,
    passesTls: true,
  };
  const server = new IngressServer(host, buildTable([of]));
  const get = (headers: Record<string, string> = {}, more: More = {}): ServedResponse =>
    server.answer({
      method: more.method ?? "GET",
      path: "/x",
      query: more.query ?? "",
      headers: { host: "web.example", ...headers },
      body: "",
      remoteAddress: "192.168.49.1",
      port: more.port ?? 80,
      ...(more.scheme !== undefined && { scheme: more.scheme }),
    });
  return { server, asked, log, errors, get };
}

/** An answer that was waited for. */
function final(response: ServedResponse): ServedResponse {
  let late: ServedResponse | undefined;
  response.later?.((answer) => void (late = answer));
  return late ?? response;
}

/** Takes the request, and then says nothing, breaks off, or answers with a status. */
const later =
  (late: Partial<ServedResponse>): Answering =>
  () => ({ status: 0, body: "", later: (answer) => (answer({ status: 0, body: "", ...late }), () => {}) });

const says =
  (body: string, status = 200, headers: Record<string, string> = {}): Answering =>
  () => ({ status, body, headers });

describe("upstreams", () => {
  it("that refuse are asked three times, and the logs tell of each", () => {
    const { get, errors, log } = world({ "10.0.0.1:80": () => "ECONNREFUSED" }, ingress({}));
    expect(get()).toMatchObject({ status: 502, delayMs: 6 });
    expect(errors).toEqual(
      Array.from(
        { length: 3 },
        () =>
          '1970/01/01 00:00:00 [error] 33#33: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.168.49.1, server: web.example, request: "GET /x HTTP/1.1", upstream: "http://10.0.0.1:80/x", host: "web.example"',
      ),
    );
    expect(log[0]).toMatch(
      /" 502 \d+ "-" "-" \d+ 0\.006 \[default-web-80\] \[\] 10\.0\.0\.1:80, 10\.0\.0\.1:80, 10\.0\.0\.1:80 0, 0, 0 0\.002, 0\.002, 0\.002 502, 502, 502 /,
    );
  });

  it("that can't be reached are given up after the time for connecting, each time", () => {
    const { get, errors } = world({}, ingress({ "proxy-connect-timeout": "7" }));
    expect(get()).toMatchObject({ status: 504, delayMs: 21_000 });
    expect(errors[0]).toContain("upstream timed out (110: Operation timed out) while connecting to upstream");
  });

  it("that never answer are given up for another one, unless the request may have had an effect", () => {
    const answers = { "10.0.0.1:80": later({ hangs: true }), "10.0.0.2:80": says("two") };
    const slow = world(answers, ingress({}, "pair"));
    expect(final(slow.get())).toMatchObject({ status: 200, body: "two" });
    expect(slow.errors).toEqual([
      expect.stringContaining(
        "upstream timed out (110: Operation timed out) while reading response header from upstream",
      ),
    ]);
    expect(slow.log[0]).toMatch(/ 10\.0\.0\.1:80, 10\.0\.0\.2:80 0, 3 \S+, \S+ 504, 200 /);
    expect(final(world(answers, ingress({}, "pair")).get({}, { method: "POST" }))).toMatchObject({ status: 504 });
    const broken = { ...answers, "10.0.0.1:80": later({ resets: true }) };
    expect(final(world(broken, ingress({}, "pair")).get())).toMatchObject({ status: 200, body: "two" });
  });

  it("are left for another one as proxy-next-upstream says", () => {
    const ask = (annotations: Record<string, string>, first: Answering, method = "GET"): number => {
      const { get } = world({ "10.0.0.1:80": first, "10.0.0.2:80": says("two") }, ingress(annotations, "pair"));
      return final(get({}, { method })).status;
    };
    const next = "proxy-next-upstream";
    const refused: Answering = () => "ECONNREFUSED";
    expect([
      ask({ [next]: "off" }, refused),
      ask({ [next]: "timeout" }, refused),
      ask({ [`${next}-tries`]: "1" }, refused),
      ask({}, says("no", 503)),
      ask({ [next]: "error http_503" }, says("no", 503)),
      ask({ [next]: "error http_503" }, later({ status: 503 })),
      ask({ [next]: "error http_503" }, says("no", 503), "POST"),
      ask({ [next]: "error http_503 non_idempotent" }, says("no", 503), "POST"),
    ]).toEqual([502, 502, 502, 503, 200, 200, 503, 200]);
  });

  it("are asked in the client's place for TLS that is passed on, and get copies of others' requests", () => {
    const certificate = "the backend's own";
    const backend: Answering = () => ({ status: 200, body: "tls", certificate });
    const passing = world({ "10.0.0.1:80": backend }, ingress({ "ssl-passthrough": "true" }));
    const place = { answers: passing.asked, response: passing.get({}, { port: 443, scheme: "https" }) };
    expect(place.response).toMatchObject({ status: 200, body: "tls", certificate });
    expect(place.answers[0]).toMatchObject({ url: "https://web.example/x", connectTo: "10.0.0.1:80" });
    expect([passing.log, Object.keys(place.answers[0]?.headers ?? {})]).toEqual([[], ["host"]]);
    const copies = world(
      { "10.0.0.1:80": says("one"), "mirror.example": says("never heard") },
      ingress({ "mirror-target": "https://mirror.example$request_uri" }),
    );
    expect(copies.get({}, { query: "a=1" })).toMatchObject({ status: 200, body: "one" });
    expect(copies.asked.map(({ url, headers }) => [url, headers["host"]])).toEqual([
      ["https://mirror.example/x?a=1", "mirror.example"],
      ["http://10.0.0.1:80/x?a=1", "web.example"],
    ]);
  });
});

describe("snippets", () => {
  const settings = readControllerSettings({ "allow-snippet-annotations": "true" });

  it("set and hide headers, and answer by themselves, where the controller allows them", () => {
    const snippet = `more_set_headers "X-Who: $remote_addr $http_x_user"; # a comment
add_header X-Good 'yes';
proxy_hide_header X-Powered-By;
proxy_set_header X-Place "$namespace/$ingress_name";
if ($http_user_agent ~* "(bad|worse)bot") { return 403; }
if ($arg_old) {
  return 301 https://new.example$request_uri;
}`;
    const own = ingress({
      "configuration-snippet": snippet,
      "server-snippet": "if ($request_method = PUT) { return 418 tea; }",
    });
    const answers = { "10.0.0.1:80": says("hello", 404, { "X-Powered-By": "x" }) };
    const { server, get, asked } = world(answers, own);
    expect(get({}, { method: "PUT" }).status).toBe(404);
    server.settings = settings;
    server.table = buildTable([own], settings);
    const { status, headers } = get({ "x-user": "jane" });
    expect([status, headers?.["x-who"], headers?.["x-good"], headers?.["x-powered-by"]]).toEqual([
      404,
      "192.168.49.1 jane",
      undefined,
      undefined,
    ]);
    expect(asked.at(-1)?.headers["x-place"]).toBe("default/it");
    expect(get({ "user-agent": "BadBot/1" }).status).toBe(403);
    expect(get({}, { query: "old=1" })).toMatchObject({
      status: 301,
      headers: { location: "https://new.example/x?old=1" },
    });
    expect(get({}, { method: "PUT" })).toMatchObject({ status: 418, body: "tea" });
    const odd = ingress({ "configuration-snippet": "lua_code_cache off; more_set_headers 'A: b';" });
    expect(withoutEffect(settingsOf(odd, settings), false)).toEqual([
      { name: "configuration-snippet", why: "has directives that are not simulated: lua_code_cache" },
    ]);
    const unread = ingress({
      "configuration-snippet": "if ($uri ~ [) { return 403; } if (!-f $request_filename) { return 404; }",
    });
    server.table = buildTable([unread], settings);
    expect(get()).toMatchObject({ status: 404, body: "hello" });
    expect(withoutEffect(settingsOf(unread, settings), false)).toEqual([
      {
        name: "configuration-snippet",
        why: "has directives that are not simulated: if ($uri ~ [), if (!-f $request_filename)",
      },
    ]);
  });

  it("can't read every pattern of a canary, which then takes nothing", () => {
    const canary = { canary: "true", "canary-by-header": "x-way", "canary-by-header-pattern": "[" };
    const own = ingress(canary);
    const { server, get } = world({ "10.0.0.1:80": says("hello", 200) }, ingress({}));
    server.table = buildTable([ingress({}), { ...own, metadata: { ...own.metadata, name: "canary" } }]);
    expect(get({ "x-way": "new" }).status).toBe(200);
  });
});

describe("auth-url", () => {
  const auth = {
    "auth-url": "http://auth.example/check?for=$host",
    "auth-signin": "https://auth.example/login",
    "auth-response-headers": "X-User",
  };

  it("lets through whom the other server knows, with what it says of them", () => {
    const { get, asked } = world(
      { "auth.example": says("", 202, { "X-User": "jane", "X-Else": "1" }), "10.0.0.1:80": says("hello") },
      ingress(auth),
    );
    expect(get({ cookie: "a=b" }, { query: "y=1" })).toMatchObject({ status: 200, body: "hello" });
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET http://auth.example/check?for=web.example",
      "GET http://10.0.0.1:80/x?y=1",
    ]);
    expect(asked[0]?.headers).toMatchObject({
      host: "auth.example",
      cookie: "a=b",
      "x-original-url": "http://web.example/x?y=1",
      "x-original-method": "GET",
    });
    expect(asked[1]?.headers["x-user"]).toBe("jane");
    expect(asked[1]?.headers).not.toHaveProperty("x-else");
  });

  it("sends strangers to sign in, or refuses them", () => {
    const stranger = { "auth.example": says("", 401, { "WWW-Authenticate": "Bearer" }), "10.0.0.1:80": says("hello") };
    expect(world(stranger, ingress(auth)).get()).toMatchObject({
      status: 302,
      headers: { location: "https://auth.example/login?rd=http%3A%2F%2Fweb.example%2Fx" },
    });
    const plain = { "auth-url": auth["auth-url"] };
    expect(world(stranger, ingress(plain)).get()).toMatchObject({
      status: 401,
      headers: { "www-authenticate": "Bearer" },
    });
    expect(world({ "auth.example": says("", 403) }, ingress(plain)).get().status).toBe(403);
    expect(world({ "auth.example": () => "ECONNREFUSED" }, ingress(plain)).get().status).toBe(500);
  });

  it("waits for a server that answers later", () => {
    const late: Answering = () => ({
      status: 0,
      body: "",
      later: (answer) => {
        answer({ status: 200, body: "" });
        return () => {};
      },
    });
    const response = world({ "auth.example": late, "10.0.0.1:80": says("hello") }, ingress(auth)).get();
    let answered: ServedResponse | undefined;
    response.later?.((given) => void (answered = given));
    expect(answered).toMatchObject({ status: 200, body: "hello" });
  });
});

describe("default backends", () => {
  it("step in for a service without endpoints", () => {
    const spare = { "10.0.0.2:80": says("sorry", 404) };
    expect(world(spare, ingress({ "default-backend": "spare" }, "empty")).get()).toMatchObject({
      status: 404,
      body: "sorry",
    });
    expect(world(spare, ingress({}, "empty")).get().status).toBe(503);
  });

  it("answer for codes that are to be replaced, and are told of them", () => {
    const answers = { "10.0.0.1:80": says("no such page", 404), "10.0.0.2:80": says("sorry", 404) };
    const { get, asked } = world(answers, ingress({ "custom-http-errors": "404,503", "default-backend": "spare" }));
    expect(get({ accept: "text/html" })).toMatchObject({ status: 404, body: "sorry" });
    expect(asked[1]?.headers).toMatchObject({
      "x-code": "404",
      "x-format": "text/html",
      "x-original-uri": "/x",
      "x-namespace": "default",
      "x-ingress-name": "it",
      "x-service-name": "web",
      "x-service-port": "80",
    });
  });

  it("take what no Ingress takes", () => {
    const { get } = world({ "10.0.0.2:80": says("nobody", 404) }, ingress({}), "default/spare");
    expect(get({ host: "other.example" })).toMatchObject({ status: 404, body: "nobody" });
  });
});

describe("the port of TLS", () => {
  it("refuses who comes in plain HTTP, and lets pass what came through a stream", () => {
    const { get, asked } = world({ "10.0.0.1:80": says("hello") }, ingress({}));
    const refusal = get({}, { port: 443, scheme: "http" });
    expect(refusal.status).toBe(400);
    expect(refusal.body).toContain("<center>The plain HTTP request was sent to HTTPS port</center>\r\n");
    expect([refusal.certificate, asked]).toEqual([undefined, []]);
    for (const scheme of ["https", undefined])
      expect(get({}, { port: 443, ...(scheme !== undefined && { scheme }) })).toMatchObject({ status: 200 });
  });
});

describe("backend-protocol", () => {
  it("HTTPS fails at a backend of plain HTTP, and the error log says why", () => {
    const { get, errors } = world({ "10.0.0.1:80": () => "EPROTO" }, ingress({ "backend-protocol": "HTTPS" }));
    expect(get()).toMatchObject({ status: 502 });
    expect(errors[0]).toContain(
      'SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream, client: 192.168.49.1, server: web.example, request: "GET /x HTTP/1.1", upstream: "https://10.0.0.1:80/x"',
    );
  });
});

describe("backends", () => {
  const port = { name: "http", port: 80, targetPort: 8080 };
  const objects = (ready: boolean) => ({
    service: (key: string) =>
      key === "default/web" ? ({ metadata: {}, spec: { ports: [port] } } as unknown as Service) : undefined,
    slices: (): EndpointSlice[] => [
      {
        addressType: "IPv4",
        ports: [{ name: "http", port: 8080 }],
        endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready } }],
      } as unknown as EndpointSlice,
    ],
    secret: () => undefined,
    configMap: () => undefined,
  });
  const backend = (named: string | number) => ({ service: "default/web", port: named, name: "" });

  it("are found by the service's port, its name, and the pods' port, which is none of the Gateway's", () => {
    for (const named of [80, "http", 8080])
      expect(endpointsOf(objects(true), backend(named), { targetPorts: true })).toEqual(["10.0.0.1:8080"]);
    expect(endpointsOf(objects(true), backend(8080))).toEqual([]);
    expect(endpointsOf(objects(true), backend(81), { targetPorts: true })).toEqual([]);
  });

  it("that lead to nobody are told of when nginx is configured", () => {
    const table = buildTable([ingress({})]);
    const texts = (service: string, ready: boolean): string[] =>
      orphans(buildTable([ingress({}, service)]), objects(ready)).map(({ text }) => text);
    expect(orphans(table, objects(true))).toEqual([]);
    expect(texts("web", false)).toEqual(['Service "default/web" does not have any active Endpoint.']);
    expect(texts("nope", true)).toEqual([
      'Error obtaining Endpoints for Service "default/nope": no object matching key "default/nope" in local store',
    ]);
  });
});
