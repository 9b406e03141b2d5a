/** ingress-nginx in a whole cluster: its pods watch, serve, and tell of what they do. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Ingress, Pod, PodSpec } from "../../api/generated/types.ts";
import { configMaps, events, ingresses, jobs, pods, secrets, services } from "../../api/registry.ts";
import { apr1 } from "../../base/apr1.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { parseCertificate } from "../../base/x509/certificate.ts";
import { defineImage } from "../../images/define-image.ts";
import type { TestCluster } from "../testing/test-cluster.ts";
import { createTestCluster } from "../testing/test-cluster.ts";

let test: TestCluster;

/** Answers with its own name, and what it was asked. */
const echo = defineImage({
  name: "docker.io/test/echo",
  tags: { latest: { size: 1000 } },
  entrypoint: ["/echo"],
  userland: "none",
  programs: () => ({
    "/echo": {
      kind: "server",
      start: (ctx) =>
        ctx.listen(8080, ({ path, query, headers }) => ({
          status: 200,
          headers: { server: "echo", "content-type": "text/plain" },
          body: `${ctx.env["NAME"]} ${path}${query === "" ? "" : `?${query}`} for ${headers["x-forwarded-proto"]}://${headers["host"]} from ${headers["x-real-ip"]}`,
        })),
    },
  }),
});

const ready = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;

function app(name: string): void {
  const metadata = { name, namespace: "default", labels: { app: name } };
  const containers = [{ name: "main", image: "test/echo", env: [{ name: "NAME", value: name }] }];
  test.client.resource(pods).create({ metadata, spec: { containers } });
  const spec = { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] };
  test.client.resource(services).create({ metadata: { name, namespace: "default" }, spec });
}

type Rule = { host?: string; paths: [path: string, service: string, pathType?: string][] };

function ingress(
  name: string,
  rules: Rule[],
  more: { annotations?: Record<string, string>; spec?: object } = {},
): void {
  const annotations = Object.fromEntries(
    Object.entries(more.annotations ?? {}).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
  );
  const built = rules.map(({ host, paths }) => ({
    ...(host !== undefined && { host }),
    http: {
      paths: paths.map(([path, service, pathType = "Prefix"]) => ({
        path,
        pathType,
        backend: { service: { name: service, port: { number: 80 } } },
      })),
    },
  }));
  const object: object = {
    metadata: { name, namespace: "default", annotations },
    spec: { ...(built.length > 0 && { rules: built }), ...more.spec },
  };
  test.client.resource(ingresses).create(object as never);
  test.run(1000);
}

interface Got {
  status: number;
  body: string;
  headers: Record<string, string>;
  certificate?: string;
}

function get(url: string, headers: Record<string, string> = {}, how: { method?: string; body?: string } = {}): Got {
  const host = /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? "";
  const port = url.startsWith("https") ? 443 : 80;
  const request = {
    method: "GET",
    url,
    headers: { Host: host, ...headers },
    body: "",
    connectTo: `192.168.49.2:${port}`,
    ...how,
  };
  const outcome = test.cluster.network.exchange(test.cluster.network.laptopPort(), request);
  if (!outcome.ok) throw new Error(outcome.why);
  const { status, body, headers: sent = {}, certificate } = outcome.response;
  return { status, body, headers: sent, ...(certificate !== undefined && { certificate }) };
}

const page = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;

const controllerLog = (): string => {
  const [pod] = test
    .list(pods, "ingress-nginx")
    .filter(({ metadata }) => metadata.name.startsWith("ingress-nginx-controller"));
  return test.cluster.podLog("ingress-nginx", pod?.metadata.name ?? "");
};

beforeAll(() => {
  test = createTestCluster({ seed: 1, preset: "minikube", images: [echo] });
  test.cluster.setAddon("ingress", true);
  for (const name of ["a", "b"]) app(name);
  const controller = (): Pod | undefined =>
    test
      .list(pods, "ingress-nginx")
      .find(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"] === "controller");
  const up = (): boolean => {
    const pod = controller();
    return pod !== undefined && ready(pod) && test.list(pods).every(ready);
  };
  if (!test.runUntil(up, 180_000)) throw new Error("the controller did not come up");
  test.run(30_000);
});

describe("the add-on", () => {
  it("brings jobs that complete, and a webhook that is asked", () => {
    for (const job of test.list(jobs, "ingress-nginx")) expect(job.status.succeeded).toBe(1);
    expect(test.cluster.addons).toEqual(["storage-provisioner", "default-storageclass", "ingress"]);
    ingress("first", [{ host: "shop.example", paths: [["/", "a"]] }]);
    test.run(2000);
    const stored: Ingress = test.get(ingresses, "first");
    expect([stored.spec.ingressClassName, stored.status?.loadBalancer]).toEqual([
      "nginx",
      { ingress: [{ ip: "192.168.49.2" }] },
    ]);
    const told = test.list(events).filter(({ involvedObject }) => involvedObject.kind === "Ingress");
    expect(told.map(({ type, reason, message, source }) => [type, reason, message, source?.component])).toEqual([
      ["Normal", "Sync", "Scheduled for sync", "nginx-ingress-controller"],
    ]);
    expect(get("http://shop.example/x?y=1")).toEqual({
      status: 200,
      body: "a /x?y=1 for http://shop.example from 192.168.49.1",
      headers: { "content-type": "text/plain", date: expect.any(String) },
    });
    expect(controllerLog()).toMatch(
      /\n192\.168\.49\.1 - - \[01\/Jan\/2026:00:0\d:\d\d \+0000\] "GET \/x\?y=1 HTTP\/1\.1" 200 50 "-" "-" \d+ 0\.00\d \[default-a-80\] \[\] 10\.244\.0\.\d+:8080 50 0\.00\d 200 [0-9a-f]{32}\n$/,
    );
    const request = { method: "GET", url: "http://192.168.49.2/", headers: { Host: "shop.example" }, body: "" };
    const outcome = test.cluster.network.exchange(test.cluster.network.laptopPort(), request);
    expect(outcome.hops.map(({ at, decision }) => `${at.replace(/-\w+-\w+$/, "")} ${decision}`)).toEqual([
      "laptop send",
      "node/minikube host port",
      "pod/ingress-nginx/ingress-nginx-controller route",
      "pod/ingress-nginx/ingress-nginx-controller send",
      "pod/default/a answer",
      "pod/ingress-nginx/ingress-nginx-controller answer",
    ]);
  });

  it("says when a host, a path or an endpoint isn't there", () => {
    expect(get("http://nowhere.example/")).toMatchObject({ status: 404, body: page("404 Not Found") });
    ingress("none", [
      {
        host: "none.example",
        paths: [
          ["/gone", "nope"],
          ["/a", "a"],
        ],
      },
    ]);
    expect(get("http://none.example/gone").status).toBe(503);
    expect(get("http://none.example/else")).toMatchObject({ status: 404, body: page("404 Not Found") });
    expect(get("http://none.example/a/b").body).toContain("a /a/b");
    expect(get("http://none.example/ab").status).toBe(404);
  });

  it("merges Ingresses of one host, and knows wildcards and a default backend", () => {
    ingress("second", [{ host: "shop.example", paths: [["/cart", "b"]] }]);
    expect(get("http://shop.example/cart/1").body).toContain("b /cart/1");
    expect(get("http://shop.example/").body).toContain("a /");
    ingress("wild", [{ host: "*.wild.example", paths: [["/", "b"]] }]);
    expect(get("http://x.wild.example/").status).toBe(200);
    expect([get("http://wild.example/").status, get("http://x.y.wild.example/").status]).toEqual([404, 404]);
    ingress("fallback", [], { spec: { defaultBackend: { service: { name: "b", port: { number: 80 } } } } });
    expect(get("http://any.example/p").body).toContain("b /p");
    test.client.resource(ingresses).delete("default", "fallback");
    test.run(1000);
    expect(get("http://any.example/p").status).toBe(404);
  });
});

describe("annotations", () => {
  it("rewrite-target with groups, app-root, permanent-redirect", () => {
    ingress("rewrite", [{ host: "re.example", paths: [["/something(/|$)(.*)", "a", "ImplementationSpecific"]] }], {
      annotations: { "rewrite-target": "/$2", "use-regex": "true" },
    });
    const path = (url: string): string => get(`http://re.example${url}`).body.split(" ")[1] ?? "";
    expect(["/something", "/something/", "/something/new?x=1", "/SOMETHING/new"].map(path)).toEqual([
      "/",
      "/",
      "/new?x=1",
      "/new",
    ]);
    ingress("root", [{ host: "root.example", paths: [["/", "a"]] }], { annotations: { "app-root": "/app1" } });
    expect(get("http://root.example/")).toMatchObject({
      status: 302,
      headers: { location: "http://root.example/app1" },
    });
    ingress("moved", [{ host: "moved.example", paths: [["/", "a"]] }], {
      annotations: { "permanent-redirect": "https://www.example.com" },
    });
    expect(get("http://moved.example/")).toMatchObject({
      status: 301,
      headers: { location: "https://www.example.com" },
    });
  });

  it("canaries by header and weight", () => {
    ingress("main", [{ host: "can.example", paths: [["/", "a"]] }]);
    ingress("canary", [{ host: "can.example", paths: [["/", "b"]] }], {
      annotations: { canary: "true", "canary-by-header": "x-canary", "canary-weight": "30" },
    });
    const who = (headers = {}): string => get("http://can.example/", headers).body.split(" ")[0] ?? "";
    expect([who({ "X-Canary": "always" }), who({ "X-Canary": "never" })]).toEqual(["b", "a"]);
    const share = Array.from({ length: 500 }, () => who()).filter((name) => name === "b").length / 500;
    expect(Math.abs(share - 0.3)).toBeLessThan(0.06);
  });

  it("canaries by cookie, and headers of a ConfigMap", () => {
    test.client
      .resource(configMaps)
      .create({ metadata: { name: "headers", namespace: "default" }, data: { "X-Frame-Options": "DENY" } });
    ingress("jar", [{ host: "jar.example", paths: [["/", "a"]] }], {
      annotations: { "custom-headers": "default/headers" },
    });
    ingress("jar-canary", [{ host: "jar.example", paths: [["/", "b"]] }], {
      annotations: { canary: "true", "canary-by-cookie": "beta" },
    });
    const who = (cookie: string): string => get("http://jar.example/", { Cookie: cookie }).body.split(" ")[0] ?? "";
    expect(["beta=always", "beta=never", "x=1; beta=always", "beta=maybe"].map(who)).toEqual(["b", "a", "b", "a"]);
    expect(get("http://jar.example/").headers["x-frame-options"]).toBe("DENY");
  });

  it("basic auth, source ranges, body size, rates", () => {
    const auth = encodeBase64(`foo:${apr1("bar", "H6uskkkW")}\n`);
    test.client
      .resource(secrets)
      .create({ metadata: { name: "basic-auth", namespace: "default" }, type: "Opaque", data: { auth } });
    ingress("auth", [{ host: "auth.example", paths: [["/", "a"]] }], {
      annotations: { "auth-type": "basic", "auth-secret": "basic-auth", "auth-realm": "Who?" },
    });
    expect(get("http://auth.example/")).toMatchObject({
      status: 401,
      body: page("401 Authorization Required"),
      headers: { "www-authenticate": 'Basic realm="Who?"' },
    });
    const as = (pair: string) => get("http://auth.example/", { Authorization: `Basic ${encodeBase64(pair)}` }).status;
    expect([as("foo:bar"), as("foo:baz"), as("bar:bar")]).toEqual([200, 401, 401]);
    ingress("private", [{ host: "in.example", paths: [["/", "a"]] }], {
      annotations: { "whitelist-source-range": "10.0.0.0/8", "proxy-body-size": "8" },
    });
    expect(get("http://in.example/").status).toBe(403);
    ingress("small", [{ host: "small.example", paths: [["/", "a"]] }], { annotations: { "proxy-body-size": "8" } });
    expect(get("http://small.example/", {}, { method: "POST", body: "123456789" }).status).toBe(413);
    ingress("slow", [{ host: "slow.example", paths: [["/", "a"]] }], { annotations: { "limit-rps": "1" } });
    const codes = Array.from({ length: 8 }, () => get("http://slow.example/").status);
    expect(codes).toEqual([200, 200, 200, 200, 200, 200, 503, 503]);
    test.run(2000);
    expect(get("http://slow.example/").status).toBe(200);
  });

  it("sticky cookies and cors", () => {
    ingress("sticky", [{ host: "st.example", paths: [["/", "a"]] }], {
      annotations: {
        affinity: "cookie",
        "session-cookie-name": "route",
        "enable-cors": "true",
        "cors-allow-origin": "https://a.example",
      },
    });
    const first = get("http://st.example/", { Origin: "https://a.example" });
    expect(first.headers["set-cookie"]).toMatch(/^route=\d+\.\d+\.\d+\.\d+\|[0-9a-f]{32}; Path=\/; HttpOnly$/);
    expect(first.headers["access-control-allow-origin"]).toBe("https://a.example");
    const cookie = (first.headers["set-cookie"] ?? "").split(";")[0] ?? "";
    expect(get("http://st.example/", { Cookie: cookie }).headers["set-cookie"]).toBeUndefined();
    expect(get("http://st.example/", { Origin: "https://a.example" }, { method: "OPTIONS" }).status).toBe(204);
  });

  it("tells of what it doesn't simulate, and its webhook refuses what it must", () => {
    ingress("odd", [{ host: "odd.example", paths: [["/", "a"]] }], { annotations: { "enable-modsecurity": "true" } });
    expect(controllerLog()).toContain(
      "annotation nginx.ingress.kubernetes.io/enable-modsecurity of default/odd is not simulated",
    );
    const warned = test
      .list(events)
      .filter(({ type, involvedObject }) => type === "Warning" && involvedObject.name === "odd");
    expect(warned.map(({ reason, message }) => [reason, message])).toEqual([
      ["NotSimulated", "annotation nginx.ingress.kubernetes.io/enable-modsecurity is not simulated: it has no effect"],
    ]);
    const denied = 'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: ';
    expect(() =>
      ingress("twice", [{ host: "odd.example", paths: [["/", "b"]] }], { annotations: { "ssl-redirect": "false" } }),
    ).toThrow(`${denied}host "odd.example" and path "/" is already defined in ingress default/odd`);
    expect(controllerLog()).toContain('"invalid ingress configuration" err="host \\"odd.example\\" and path');
    expect(() => ingress("pattern", [{ host: "p.example", paths: [["/x(/|$)(.*)", "b"]] }])).toThrow(
      `${denied}ingress contains invalid paths: path /x(/|$)(.*) cannot be used with pathType Prefix`,
    );
  });
});

describe("TLS", () => {
  it("shows the secret's certificate by name, redirects to https, and has a fake one for the rest", () => {
    const fake = parseCertificate(get("https://shop.example/").certificate ?? "");
    expect(fake?.subject).toEqual([
      ["O", "Acme Co"],
      ["CN", "Kubernetes Ingress Controller Fake Certificate"],
    ]);
    const certificate = get("https://other.example/").certificate ?? "";
    const data = { "tls.crt": encodeBase64(`${certificate}# mine\n`), "tls.key": encodeBase64("key") };
    test.client
      .resource(secrets)
      .create({ metadata: { name: "tls", namespace: "default" }, type: "kubernetes.io/tls", data });
    ingress("secure", [{ host: "tls.example", paths: [["/", "a"]] }], {
      spec: { tls: [{ hosts: ["tls.example"], secretName: "tls" }] },
    });
    expect(get("http://tls.example/p?q=1")).toMatchObject({
      status: 308,
      body: page("308 Permanent Redirect"),
      headers: { location: "https://tls.example/p?q=1" },
    });
    const secure = get("https://tls.example/");
    expect(secure.certificate).toContain("# mine");
    expect(secure).toMatchObject({ status: 200, body: "a / for https://tls.example from 192.168.49.1" });
  });
});

describe("the controller's ConfigMap", () => {
  it("sets redirects, HSTS, body sizes, forwarded headers and added headers for all, and tells of other keys", () => {
    const forwarded = { "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7" };
    expect(get("http://tls.example/", forwarded).status).toBe(308);
    const hsts = (): string | undefined => get("https://tls.example/").headers["strict-transport-security"];
    expect(hsts()).toBe("max-age=31536000; includeSubDomains");
    const map = test.client.resource(configMaps).get("ingress-nginx", "ingress-nginx-controller");
    const data = {
      "ssl-redirect": "false",
      "hsts-max-age": "60",
      "hsts-include-subdomains": "false",
      "proxy-body-size": "4",
      "use-forwarded-headers": "true",
      "add-headers": "default/headers",
      "log-format-upstream": "x",
    };
    test.client.resource(configMaps).update({ ...map, data });
    test.run(1000);
    expect(hsts()).toBe("max-age=60");
    expect(get("http://tls.example/").status).toBe(200);
    expect(get("http://tls.example/", {}, { method: "POST", body: "12345" }).status).toBe(413);
    expect(get("http://tls.example/", forwarded)).toMatchObject({
      body: "a / for https://tls.example from 203.0.113.7",
      headers: { "x-frame-options": "DENY" },
    });
    expect(controllerLog()).toContain(
      "key log-format-upstream of ConfigMap ingress-nginx/ingress-nginx-controller is not simulated",
    );
  });

  it("does not start without the service that its flags name, or the right to see it", () => {
    const spec = (service: string): PodSpec =>
      ({
        restartPolicy: "Never",
        containers: [
          {
            name: "main",
            image: "registry.k8s.io/ingress-nginx/controller:v1.13.2",
            args: ["/nginx-ingress-controller", `--publish-service=${service}`],
          },
        ],
      }) as PodSpec;
    const create = (name: string, more: PodSpec): void =>
      void test.client.resource(pods).create({ metadata: { name, namespace: "ingress-nginx" }, spec: more });
    create("no-service", { ...spec("ingress-nginx/nope"), serviceAccountName: "ingress-nginx" });
    create("no-right", spec("ingress-nginx/nope"));
    const over = (name: string): boolean => test.get(pods, name, "ingress-nginx").status.phase === "Failed";
    expect(test.runUntil(() => over("no-service") && over("no-right"), 60_000)).toBe(true);
    const last = (name: string): unknown[] => [
      test.cluster
        .podLog("ingress-nginx", name)
        .trimEnd()
        .split("\n")
        .at(-1)
        ?.replace(/^F.*?\] /, ""),
      test.get(pods, name, "ingress-nginx").status.containerStatuses?.[0]?.state?.terminated?.exitCode,
    ];
    expect(last("no-service")).toEqual([
      'no service with name nope found in namespace ingress-nginx: services "nope" not found',
      255,
    ]);
    expect(last("no-right")).toEqual([
      "✖ the cluster seems to be running with a restrictive Authorization mode and the Ingress controller does not have the required permissions to operate normally",
      255,
    ]);
  });
});
