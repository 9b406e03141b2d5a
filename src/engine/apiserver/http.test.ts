import { describe, expect, it } from "vitest";
import { nodes, pods, services } from "../api/registry.ts";
import type { HttpCarrier } from "../base/http.ts";
import type { HttpRequest } from "../base/program.ts";
import { boundPod, podDraft, TestServer } from "./testing/test-server.ts";

const PODS = "/api/v1/namespaces/default/pods";
const TABLE = { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };

/** Answers every request with its own first line. */
function echo(status = 200): HttpCarrier & { requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  return {
    requests,
    send(request, sink) {
      requests.push(request);
      const upgrades = request.upgrade === true && status === 200;
      sink.head(upgrades ? 101 : status, {});
      if (upgrades) sink.frame(1, "hello");
      else sink.data(`${request.method} ${request.url}`);
      sink.end();
      return { abort() {}, frame() {}, closeStdin() {} };
    },
  };
}

describe("requests", () => {
  it("API36 lead to verbs, and failures to Statuses", () => {
    const test = new TestServer();
    expect(test.http("POST", PODS, { body: podDraft("web") }).status).toBe(201);
    expect(test.http("GET", `${PODS}/web`).json.metadata.name).toBe("web");
    expect(test.http("GET", "/api/v1/pods?labelSelector=a%3Db").json.items).toEqual([]);
    const put = test.http("GET", `${PODS}/web`).json;
    put.metadata.labels = { a: "b" };
    expect(test.http("PUT", `${PODS}/web`, { body: put }).json.metadata.labels).toEqual({ a: "b" });
    const merge = { "Content-Type": "application/merge-patch+json" };
    const patched = test.http("PATCH", `${PODS}/web`, { headers: merge, body: { metadata: { labels: { c: "d" } } } });
    expect(patched.json.metadata.labels).toEqual({ a: "b", c: "d" });
    expect(test.http("GET", `${PODS}/web/status`).json.status.phase).toBe("Pending");
    expect(test.http("GET", "/api/v1/namespaces/default").json.kind).toBe("Namespace");
    const options = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background", gracePeriodSeconds: 0 };
    expect(test.http("DELETE", `${PODS}/web`, { body: options }).json.status).toBe("Success");
    const missing = test.http("GET", `${PODS}/web`);
    expect([missing.status, missing.json]).toEqual([
      404,
      {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: 'pods "web" not found',
        reason: "NotFound",
        details: { name: "web", kind: "pods" },
        code: 404,
      },
    ]);
    for (const path of ["/nothing", "/api/v1/foos", "/apis/apps/v2/deployments", "/apis/nowhere"]) {
      const page = test.http("GET", path);
      expect([page.status, page.text]).toEqual([404, "404 page not found\n"]);
    }
    expect(test.http("GET", "/api/v1/configmaps/x/scale").json.message).toBe(
      "the server could not find the requested resource",
    );
    expect(test.http("POST", `${PODS}/web`, { body: {} }).status).toBe(405);
    expect(test.http("DELETE", "/api/v1/namespaces/default/pods").json.kind).toBe("PodList");
  });

  it("API37 carry JSON or YAML of the right kind", () => {
    const test = new TestServer();
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {answer: 'yes'}\n";
    const maps = "/api/v1/namespaces/default/configmaps";
    expect(test.http("POST", maps, { headers: { "content-type": "application/yaml" }, body: yaml }).status).toBe(201);
    const shown = test.http("GET", `${maps}/c`, { headers: { accept: "application/yaml" } });
    expect(shown.text).toContain("answer: yes");
    const wrong = test.http("POST", maps, { body: { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } } });
    expect([wrong.status, wrong.json.reason]).toEqual([400, "BadRequest"]);
    const version = test.http("POST", maps, { body: { apiVersion: "v2", kind: "ConfigMap" } });
    expect(version.json.message).toBe("the API version in the data (v2) does not match the expected API version (v1)");
    expect(test.http("POST", maps, { body: "{" }).status).toBe(400);
    const protobuf = { "Content-Type": "application/vnd.kubernetes.protobuf" };
    const configMap = "k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x05\n\x03\n\x01p";
    expect(test.http("POST", maps, { headers: protobuf, body: configMap }).json.metadata.name).toBe("p");
    const boat = configMap.replace("ConfigMap", "CargoBoat");
    expect(test.http("POST", maps, { headers: protobuf, body: boat }).status).toBe(415);
    const unknown = { "Content-Type": "application/apply-patch+cbor" };
    expect(test.http("PATCH", `${maps}/c`, { headers: unknown, body: "{}" }).status).toBe(415);
    expect(test.http("GET", maps, { headers: { Accept: "text/html" } }).status).toBe(406);
    expect(test.http("GET", `${maps}?limit=x`).status).toBe(400);
  });

  it("API37 may lack what they like: what is missing is empty", () => {
    const test = new TestServer();
    const post = (path: string, body: object) =>
      test.http("POST", path, { body: { metadata: { name: "x" }, ...body } });
    for (const body of [{}, { spec: {} }, { spec: { containers: null } }]) {
      expect(post(PODS, body).json.message).toBe('Pod "x" is invalid: spec.containers: Required value');
    }
    const deployments = "/apis/apps/v1/namespaces/default/deployments";
    const causes = post(deployments, { spec: { template: {} } }).json.details.causes;
    expect(causes.map((cause: { field: string }) => cause.field)).toEqual([
      "spec.selector",
      "spec.template.metadata.labels",
      "spec.template.spec.containers",
    ]);
  });

  it("API38 are answered with tables or metadata where wanted", () => {
    const test = new TestServer();
    test.create(pods, podDraft("web"));
    const table = test.http("GET", PODS, { headers: TABLE }).json;
    expect(table).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1" });
    expect(table.columnDefinitions.slice(0, 3).map((column: { name: string }) => column.name)).toEqual([
      "Name",
      "Ready",
      "Status",
    ]);
    expect(table.rows[0].cells.slice(0, 3)).toEqual(["web", "0/1", "Pending"]);
    expect(table.rows[0].object.kind).toBe("PartialObjectMetadata");
    const whole = test.http("GET", `${PODS}?includeObject=Object`, { headers: TABLE }).json;
    expect(whole.rows[0].object.spec.containers).toHaveLength(1);
    const accept = { Accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" };
    const bare = test.http("GET", PODS, { headers: accept }).json;
    expect([bare.kind, Object.keys(bare.items[0])]).toEqual([
      "PartialObjectMetadataList",
      ["kind", "apiVersion", "metadata"],
    ]);
    const failed = test.http("GET", `${PODS}/x`, { headers: TABLE });
    expect(failed.json.kind).toBe("Status");
  });

  it("API410 list built-in kinds without saying in each item which; a single object says it", () => {
    const test = new TestServer();
    test.create(pods, podDraft("web"));
    const list = test.http("GET", PODS).json;
    expect([list.kind, list.apiVersion, Object.keys(list.items[0])]).toEqual([
      "PodList",
      "v1",
      ["metadata", "spec", "status"],
    ]);
    expect(test.http("GET", `${PODS}/web`).json).toMatchObject({ kind: "Pod", apiVersion: "v1", ...list.items[0] });
  });

  it("API43 bring warnings as headers", () => {
    const test = new TestServer();
    const body = { ...podDraft("web"), colour: "red" };
    const warned = test.http("POST", PODS, { body });
    expect([warned.status, warned.headers["Warning"]]).toEqual([201, String.raw`299 - "unknown field \"colour\""`]);
    const strict = test.http("POST", `${PODS}?fieldValidation=Strict`, { body });
    expect(strict.json.message).toBe(
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "colour"',
    );
  });
});

describe("watch", () => {
  const lines = (text: string) =>
    text
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  it("API39 streams lines until its time is up", () => {
    const test = new TestServer();
    test.create(pods, podDraft("old"));
    const from = test.store.revision;
    const watch = test.http(
      "GET",
      `${PODS}?watch=true&resourceVersion=${from}&timeoutSeconds=90&allowWatchBookmarks=true`,
    );
    test.create(pods, podDraft("web"));
    test.settle();
    expect(lines(watch.text).map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual(["ADDED web"]);
    test.settle(60_000);
    expect(lines(watch.text)[1]).toEqual({
      type: "BOOKMARK",
      object: {
        kind: "Pod",
        apiVersion: "v1",
        metadata: { resourceVersion: String(test.store.revision), creationTimestamp: null },
      },
    });
    expect(watch.ended).toBe(false);
    test.settle(30_000);
    expect(watch.ended).toBe(true);
  });

  it("API39 begins with everything and a mark for who asks", () => {
    const test = new TestServer();
    test.create(pods, podDraft("old"));
    const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const watch = test.http("GET", `${PODS}?${query}`, { headers: TABLE });
    test.settle();
    const [added, mark] = lines(watch.text);
    expect([added.type, added.object.kind, added.object.columnDefinitions.length > 3]).toEqual([
      "ADDED",
      "Table",
      true,
    ]);
    expect(mark.object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" });
    watch.abort();
    test.create(pods, podDraft("unseen"));
    test.settle();
    expect(lines(watch.text)).toHaveLength(2);
  });

  it("API39 says when its start is too old", () => {
    const test = new TestServer();
    test.store.compact(test.store.revision);
    const watch = test.http("GET", `${PODS}?watch=true&resourceVersion=1`);
    test.settle();
    const message = `too old resource version: 1 (${test.store.revision})`;
    expect(lines(watch.text)).toEqual([{ type: "ERROR", object: expect.objectContaining({ code: 410, message }) }]);
    expect(watch.ended).toBe(true);
  });
});

describe("other pages", () => {
  it("API40 tell what there is", () => {
    const test = new TestServer();
    expect(test.http("GET", "/api").json.versions).toEqual(["v1"]);
    const groups = test.http("GET", "/apis").json.groups.map((group: { name: string }) => group.name);
    expect(groups).toContain("apps");
    expect(test.http("GET", "/apis/apps").json.preferredVersion).toEqual({ groupVersion: "apps/v1", version: "v1" });
    const core = test.http("GET", "/api/v1").json.resources;
    const named = (name: string) => core.find((resource: { name: string }) => resource.name === name);
    expect(named("pods")).toMatchObject({ kind: "Pod", namespaced: true, shortNames: ["po"], categories: ["all"] });
    expect(named("pods/eviction")).toMatchObject({ group: "policy", version: "v1", kind: "Eviction" });
    expect(named("namespaces/finalize")).toMatchObject({ verbs: ["update"] });
    const Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const all = test.http("GET", "/apis", { headers: { Accept } }).json;
    expect(all.kind).toBe("APIGroupDiscoveryList");
    const apps = all.items.find((item: { metadata: { name: string } }) => item.metadata.name === "apps");
    const ofApps: { resource: string }[] = apps.versions[0].resources;
    expect(ofApps.find(({ resource }) => resource === "deployments")).toMatchObject({
      resource: "deployments",
      scope: "Namespaced",
      singularResource: "deployment",
      responseKind: { group: "apps", version: "v1", kind: "Deployment" },
    });
  });

  it("API41 tell how the server is", () => {
    const test = new TestServer();
    expect(test.http("GET", "/version").json.gitVersion).toBe("v1.36.0");
    for (const path of ["/healthz", "/livez", "/readyz", "/readyz/ping"])
      expect(test.http("GET", path).text).toBe("ok");
    expect(test.http("GET", "/readyz?verbose").text).toContain("readyz check passed");
    const excluding = test.http("GET", "/livez?verbose&exclude=etcd&exclude=nothing").text.split("\n");
    expect(excluding).toContain("[+]etcd excluded: ok");
    expect(excluding).toContain('warn: some health checks cannot be excluded: no matches for "nothing"');
    expect(test.http("GET", "/livez/poststarthook/start-apiserver-admission-initializer").text).toBe("ok");
    expect(test.http("GET", "/livez/nothing").status).toBe(404);
    expect(test.http("GET", "/").json.paths).toContain("/apis/apps/v1");
    const paths = test.http("GET", "/openapi/v3").json.paths;
    const url = paths["apis/apps/v1"].serverRelativeURL;
    const document = test.http("GET", url).json;
    const schemas = document.components.schemas;
    expect(schemas["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"]).toEqual([
      { group: "apps", version: "v1", kind: "Deployment" },
    ]);
    expect(schemas["io.k8s.api.core.v1.PodSpec"].properties.containers).toMatchObject({
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
    });
    const { patch } = document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
    expect(patch.parameters.map((parameter: { name: string }) => parameter.name)).toContain("fieldValidation");
    expect(Object.keys(patch.requestBody.content)).toEqual([
      "application/apply-patch+yaml",
      "application/json-patch+json",
      "application/merge-patch+json",
      "application/strategic-merge-patch+json",
    ]);
    const [body] = Object.values<{ schema: { $ref: string } }>(patch.requestBody.content);
    expect(schemas).toHaveProperty([body?.schema.$ref.replace("#/components/schemas/", "") ?? ""]);
    const names = Object.keys(test.http("GET", "/openapi/v2").json.definitions);
    expect(names).toEqual(
      expect.arrayContaining([
        "io.k8s.api.core.v1.Pod",
        "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
        "io.k8s.api.autoscaling.v2.MetricSpec",
        "io.k8s.api.events.v1.Event",
        "io.k8s.api.rbac.v1.PolicyRule",
        "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
      ]),
    );
  });

  it("API41 count requests and objects", () => {
    const test = new TestServer();
    test.http("POST", PODS, { body: podDraft("web") });
    test.http("GET", `${PODS}/none`);
    const { headers, text } = test.http("GET", "/metrics");
    expect(headers["Content-Type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const labels = 'component="apiserver",dry_run="",group="",resource="pods"';
    const lines = text.split("\n");
    expect(lines).toContain(
      `apiserver_request_total{code="201",${labels},scope="namespace",subresource="",verb="POST",version="v1"} 1`,
    );
    expect(lines).toContain(
      `apiserver_request_total{code="404",${labels},scope="resource",subresource="",verb="GET",version="v1"} 1`,
    );
    expect(lines).toContain('apiserver_storage_objects{resource="pods"} 1');
    expect(lines).toContain("# TYPE apiserver_request_total counter");
    expect(text).toMatch(/^kubernetes_build_info\{.*gitVersion="v1\.36\.0".*\} 1$/m);
  });

  it("API42 reach kubelets", () => {
    const test = new TestServer();
    const addresses = [{ type: "InternalIP", address: "192.168.49.2" }];
    test.create(nodes, { metadata: { name: "worker-1" }, status: { addresses } });
    boundPod(test, "web");
    const silent = test.http("GET", `${PODS}/web/log`);
    expect(silent.json.message).toBe(
      'Get "https://192.168.49.2:10250/containerLogs/default/web/app": dial tcp 192.168.49.2:10250: connect: connection refused',
    );
    const kubelet = echo();
    test.server.connectNode("worker-1", kubelet);
    const log = test.http("GET", `${PODS}/web/log?tailLines=5&follow=true`);
    expect(log.text).toBe("GET https://192.168.49.2:10250/containerLogs/default/web/app?follow=true&tailLines=5");
    const complaint = (asked: string): unknown => test.http("GET", `${PODS}/web/log?${asked}`).json.message;
    expect([
      complaint("stream=Stderr"),
      complaint("tailLines=-1&limitBytes=0"),
      complaint("stream=All&sinceSeconds=0"),
    ]).toEqual([
      'PodLogOptions "web" is invalid: stream: Forbidden: may not be specified',
      'PodLogOptions "web" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0]',
      'PodLogOptions "web" is invalid: [sinceSeconds: Invalid value: 0: must be greater than 0, stream: Forbidden: may not be specified]',
    ]);
    const command = "command=sh&command=-c&command=echo%20hi&stdin=true&stdout=true&tty=true";
    const exec = test.http("POST", `${PODS}/web/exec?${command}`, { upgrade: true });
    expect([exec.status, exec.text]).toEqual([101, "[1]hello"]);
    expect(kubelet.requests[1]?.url).toBe(
      "https://192.168.49.2:10250/exec/default/web/app?command=sh&command=-c&command=echo%20hi&input=1&output=1&tty=1",
    );
    expect(test.http("POST", `${PODS}/web/exec?command=ls`).json.message).toBe("Upgrade request required");
    expect(test.http("GET", `${PODS}/web/log?container=x`).json.message).toBe("container x is not valid for pod web");
    test.server.connectNode("worker-1", echo(400));
    expect(test.http("GET", `${PODS}/web/log`).json).toMatchObject({ reason: "BadRequest", code: 400 });
    test.server.connectNode("worker-1", undefined);
    const dead = test.http("POST", `${PODS}/web/exec?command=ls`, { upgrade: true });
    expect([dead.status, JSON.parse(dead.text.replace(/^\[3\]/, "")).message]).toEqual([
      101,
      'Internal error occurred: error sending request: Post "https://192.168.49.2:10250/exec/default/web/app?command=ls": dial tcp 192.168.49.2:10250: connect: connection refused',
    ]);
    test.server.connectNode("worker-1", echo(500));
    const refused = test.http("POST", `${PODS}/web/exec?command=ls`, { upgrade: true });
    expect(JSON.parse(refused.text.replace(/^\[3\]/, ""))).toMatchObject({
      message: expect.stringMatching(/^Internal error occurred: unable to upgrade connection: /),
      reason: "InternalError",
      code: 500,
    });
    const containers = ["a", "b"].map((name) => ({ name, image: "nginx" }));
    test.create(pods, podDraft("two", { spec: { containers } }));
    expect(test.http("GET", `${PODS}/two/log`).json.message).toBe(
      "a container name must be specified for pod two, choose one of: [a b]",
    );
    expect(test.http("POST", `${PODS}/two/exec?container=a&command=ls`, { upgrade: true }).json.message).toBe(
      "pod two does not have a host assigned",
    );
  });

  it("API545 hand on through proxy what a client says, without its credentials and its host", () => {
    const test = new TestServer();
    const network = echo();
    test.server.connectNetwork(network);
    const pod = boundPod(test, "web");
    test.update(pods, { ...pod, status: { ...pod.status, podIP: "10.244.1.5" } }, "status");
    const headers = {
      Authorization: "Basic bWU6c2VjcmV0",
      host: "localhost:8001",
      "x-color": "blue",
      accept: "text/html",
    };
    test.http("POST", `${PODS}/web:8080/proxy/form`, { headers, body: "a=1" });
    expect(network.requests).toEqual([
      {
        method: "POST",
        url: "http://10.244.1.5:8080/form",
        headers: { "x-color": "blue", accept: "text/html" },
        body: "a=1",
      },
    ]);
  });

  it("API44 reach pods, services and nodes through proxy", () => {
    const test = new TestServer();
    const network = echo();
    test.server.connectNetwork(network);
    const pod = boundPod(test, "web");
    test.update(pods, { ...pod, status: { ...pod.status, podIP: "10.244.1.5" } }, "status");
    expect(test.http("GET", `${PODS}/web:8080/proxy/info?x=1`).text).toBe("GET http://10.244.1.5:8080/info?x=1");
    expect(test.http("GET", `${PODS}/web/proxy/`).text).toBe("GET http://10.244.1.5:80/");
    test.create(services, { metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } });
    expect(test.http("GET", "/api/v1/namespaces/default/services/web/proxy/").json.message).toBe(
      'no endpoints available for service "web"',
    );
    test.create(nodes, {
      metadata: { name: "n" },
      status: { addresses: [{ type: "InternalIP", address: "10.0.0.1" }] },
    });
    test.server.connectNode("n", echo());
    expect(test.http("GET", "/api/v1/nodes/n/proxy/healthz").text).toBe("GET https://10.0.0.1:10250/healthz");
  });
});
