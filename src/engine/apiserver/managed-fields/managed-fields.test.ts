import { describe, expect, it } from "vitest";
import type { ManagedFieldsEntry } from "../../api/generated/types.ts";
import { configMaps, deployments, pods } from "../../api/registry.ts";
import { boundPod, podDraft, TestServer } from "../testing/test-server.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const MAPS = "/api/v1/namespaces/default/configmaps";

const web = (rest: { replicas?: number; image?: string; labels?: object } = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: rest.labels ?? { app: "web" } },
  spec: {
    ...(rest.replicas !== undefined && { replicas: rest.replicas }),
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: rest.image ?? "nginx", ports: [{ containerPort: 80 }] }] },
    },
  },
});
const map = (data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data });

function apply(test: TestServer, path: string, body: unknown, query = "fieldManager=me") {
  const headers = { "Content-Type": "application/apply-patch+yaml" };
  return test.http("PATCH", `${path}?${query}`, { headers, body });
}

function merge(test: TestServer, path: string, body: unknown, query = "fieldManager=other") {
  return test.http("PATCH", `${path}?${query}`, { headers: { "Content-Type": "application/merge-patch+json" }, body });
}

/** `me Apply {…}` for each entry. */
function owners(test: TestServer, path: string): string[] {
  const entries = (test.http("GET", path).json.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  return entries.map(({ manager, operation, subresource, fieldsV1 }) =>
    [manager, operation, ...(subresource === undefined ? [] : [subresource]), JSON.stringify(fieldsV1)].join(" "),
  );
}

describe("whose fields they are", () => {
  it("API400 what is empty and says nothing is not stored, and the same apply again changes nothing", () => {
    const test = new TestServer();
    const empty = { ...map({}), metadata: { name: "c", labels: {}, annotations: {} } };
    const first = apply(test, `${MAPS}/c`, empty).json;
    expect(Object.keys(first.metadata)).not.toContain("annotations");
    expect(owners(test, `${MAPS}/c`)).toEqual([
      'me Apply {"f:data":{},"f:metadata":{"f:annotations":{},"f:labels":{}}}',
    ]);
    test.settle(5000);
    expect(apply(test, `${MAPS}/c`, empty).json.metadata).toEqual(first.metadata);
    const patched = merge(test, `${MAPS}/c`, { metadata: { labels: { a: "b" } }, data: { x: "" } }).json;
    expect(patched.data).toEqual({ x: "" });
    expect(merge(test, `${MAPS}/c`, { metadata: { labels: { a: null } } }).json.metadata.labels).toBeUndefined();
  });

  it("API160 a create owns what it says and its defaults, and nothing that the server adds", () => {
    const test = new TestServer();
    test.http("POST", DEPLOYMENTS, { body: web(), headers: { "User-Agent": "kubectl/v1.36.0 (linux/amd64)" } });
    const [entry, ...more] = test.http("GET", `${DEPLOYMENTS}/web`).json.metadata.managedFields;
    expect(more).toEqual([]);
    expect(entry).toEqual({
      manager: "kubectl",
      operation: "Update",
      apiVersion: "apps/v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: {
        "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
        "f:spec": {
          "f:progressDeadlineSeconds": {},
          "f:replicas": {},
          "f:revisionHistoryLimit": {},
          "f:selector": {},
          "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {}, "f:maxUnavailable": {} }, "f:type": {} },
          "f:template": {
            "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
            "f:spec": {
              "f:containers": {
                'k:{"name":"main"}': {
                  ".": {},
                  "f:image": {},
                  "f:imagePullPolicy": {},
                  "f:name": {},
                  "f:ports": {
                    ".": {},
                    'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} },
                  },
                  "f:resources": {},
                  "f:terminationMessagePath": {},
                  "f:terminationMessagePolicy": {},
                },
              },
              "f:dnsPolicy": {},
              "f:restartPolicy": {},
              "f:schedulerName": {},
              "f:securityContext": {},
              "f:terminationGracePeriodSeconds": {},
            },
          },
        },
      },
    });
    test.http("POST", "/api/v1/namespaces/default/pods", { body: podDraft("p") });
    const fields = JSON.stringify(test.http("GET", "/api/v1/namespaces/default/pods/p").json.metadata.managedFields);
    expect(fields).toContain("f:dnsPolicy");
    expect(fields).not.toMatch(/f:tolerations|f:serviceAccount|f:priority|f:status/);
  });

  it("API160 an update owns what it changed, a status update what it changed of the status", () => {
    const test = new TestServer();
    test.http("POST", MAPS, { body: map({ a: "1", b: "1" }), headers: { "User-Agent": "one" } });
    merge(test, `${MAPS}/c`, { data: { b: "2", d: "2" } });
    expect(owners(test, `${MAPS}/c`)).toEqual([
      'one Update {"f:data":{".":{},"f:a":{}}}',
      'other Update {"f:data":{"f:b":{},"f:d":{}}}',
    ]);
    merge(test, `${MAPS}/c`, { data: { a: null } }, "fieldManager=third");
    merge(test, `${MAPS}/c`, { data: { b: "2" } }, "fieldManager=third");
    expect(owners(test, `${MAPS}/c`)).toEqual([
      'one Update {"f:data":{}}',
      'other Update {"f:data":{"f:b":{},"f:d":{}}}',
    ]);
    const pod = boundPod(test, "p");
    test.update(pods, { ...pod, status: { ...pod.status, phase: "Running", hostIP: "10.0.0.1" } }, "status");
    expect(owners(test, "/api/v1/namespaces/default/pods/p").at(-1)).toBe(
      'tester Update status {"f:status":{"f:hostIP":{},"f:phase":{}}}',
    );
  });

  it("API160 a binding owns nothing, a scale the replicas", () => {
    const test = new TestServer();
    const pod = boundPod(test, "p");
    expect(pod.spec?.nodeName).toBe("worker-1");
    const before = owners(test, "/api/v1/namespaces/default/pods/p");
    expect([before.length, before[0]]).toEqual([1, expect.not.stringContaining("nodeName")]);
    apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 1 }));
    merge(test, `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 5 } }, "fieldManager=scaler");
    expect(owners(test, `${DEPLOYMENTS}/web`).at(-1)).toBe('scaler Update scale {"f:spec":{"f:replicas":{}}}');
    expect(apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 1 })).json.message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  it("API161 what is kept costs no field sets until somebody looks; many writes give the same answer", () => {
    const test = new TestServer();
    test.http("POST", MAPS, { body: map({ n: "0" }), headers: { "User-Agent": "one" } });
    for (let n = 1; n <= 40; n++) merge(test, `${MAPS}/c`, { data: { n: String(n), [`k${n % 3}`]: String(n) } });
    expect(owners(test, `${MAPS}/c`)).toEqual([
      'one Update {"f:data":{}}',
      'other Update {"f:data":{"f:k0":{},"f:k1":{},"f:k2":{},"f:n":{}}}',
    ]);
    expect("managedFields" in test.get(configMaps, "c").metadata).toBe(false);
  });

  it("API161 lists, tables, metadata and watches show owners, the last state of a deleted object too", () => {
    const test = new TestServer();
    const watch = test.http("GET", `${MAPS}?watch=true`);
    test.http("POST", MAPS, { body: map({ a: "1" }), headers: { "User-Agent": "one" } });
    const table = { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
    const partial = { Accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" };
    expect(test.http("GET", MAPS).json.items[0].metadata.managedFields[0].manager).toBe("one");
    expect(test.http("GET", MAPS, { headers: table }).json.rows[0].object.metadata.managedFields).toHaveLength(1);
    expect(test.http("GET", MAPS, { headers: partial }).json.items[0].metadata.managedFields).toHaveLength(1);
    test.http("DELETE", `${MAPS}/c`);
    test.settle();
    const events = watch.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ type, object }) => [type, object.metadata.managedFields.length])).toEqual([
      ["ADDED", 1],
      ["DELETED", 1],
    ]);
  });

  it("API162 a client may say who owns what, [{}] that nobody does; a list that is empty or unreadable says nothing", () => {
    const test = new TestServer();
    test.http("POST", MAPS, { body: map({ a: "1" }), headers: { "User-Agent": "one" } });
    merge(test, `${MAPS}/c`, { metadata: { managedFields: [] } });
    expect(owners(test, `${MAPS}/c`)).toEqual(['one Update {"f:data":{".":{},"f:a":{}}}']);
    merge(test, `${MAPS}/c`, { metadata: { managedFields: [{ manager: "x", operation: "Apply" }] } });
    expect(owners(test, `${MAPS}/c`)).toEqual(['one Update {"f:data":{".":{},"f:a":{}}}']);
    const said = { manager: "x", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1" };
    const before = test.get(configMaps, "c").metadata.resourceVersion;
    merge(test, `${MAPS}/c`, { metadata: { managedFields: [{ ...said, fieldsV1: { "f:data": { "f:a": {} } } }] } });
    expect(owners(test, `${MAPS}/c`)).toEqual(['x Apply {"f:data":{"f:a":{}}}']);
    expect(test.get(configMaps, "c").metadata.resourceVersion).not.toBe(before);
    merge(test, `${MAPS}/c`, { metadata: { managedFields: [{}] } });
    expect(owners(test, `${MAPS}/c`)).toEqual([]);
    merge(test, `${MAPS}/c`, { data: { b: "1" } });
    expect(owners(test, `${MAPS}/c`)).toEqual([]);
    const patch = [{ op: "replace", path: "/metadata/managedFields", value: [{}] }];
    apply(test, `${MAPS}/c`, map({ a: "1" }));
    expect(owners(test, `${MAPS}/c`)).toEqual([
      'me Apply {"f:data":{"f:a":{}}}',
      'before-first-apply Update {"f:data":{".":{},"f:a":{},"f:b":{}}}',
    ]);
    test.http("PATCH", `${MAPS}/c`, { headers: { "Content-Type": "application/json-patch+json" }, body: patch });
    expect(owners(test, `${MAPS}/c`)).toEqual([]);
  });

  it("API163 more than ten updating managers become one, the oldest first", () => {
    const test = new TestServer();
    test.http("POST", MAPS, { body: map({ a: "1" }), headers: { "User-Agent": "m0" } });
    for (let n = 1; n <= 12; n++) {
      test.settle(1000);
      merge(test, `${MAPS}/c`, { data: { [`k${n}`]: "1" } }, `fieldManager=m${n}`);
    }
    const shown = owners(test, `${MAPS}/c`);
    expect(shown).toHaveLength(10);
    expect(shown[0]).toBe('ancient-changes Update {"f:data":{".":{},"f:a":{},"f:k1":{},"f:k2":{},"f:k3":{}}}');
  });
});

describe("apply", () => {
  it("API164 creates what isn't there, and changes nothing a second time", () => {
    const test = new TestServer();
    const created = apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 2 }));
    expect([created.status, created.json.spec.replicas, created.json.metadata.generation]).toEqual([201, 2, 1]);
    const again = apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 2 }));
    expect([again.status, again.json.metadata]).toEqual([200, created.json.metadata]);
    expect(owners(test, `${DEPLOYMENTS}/web`)).toEqual([
      'me Apply {"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"main\\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{}}}}}}}}}',
    ]);
    const dry = apply(test, `${MAPS}/c`, map({ a: "1" }), "fieldManager=me&dryRun=All");
    expect([dry.status, dry.json.metadata.managedFields[0].fieldsV1]).toEqual([201, { "f:data": { "f:a": {} } }]);
    expect(test.http("GET", `${MAPS}/c`).status).toBe(404);
  });

  it("API165 removes what it no longer applies unless another owns it, and leaves what others added", () => {
    const test = new TestServer();
    apply(test, `${MAPS}/c`, map({ a: "1", b: "1", shared: "1" }));
    apply(test, `${MAPS}/c`, map({ shared: "1" }), "fieldManager=second");
    merge(test, `${MAPS}/c`, { data: { extra: "1" } });
    const after = apply(test, `${MAPS}/c`, map({ a: "1" }));
    expect(after.json.data).toEqual({ a: "1", extra: "1", shared: "1" });
    expect(owners(test, `${MAPS}/c`)).toEqual([
      'me Apply {"f:data":{"f:a":{}}}',
      'second Apply {"f:data":{"f:shared":{}}}',
      'other Update {"f:data":{"f:extra":{}}}',
    ]);
    apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 4 }));
    expect(apply(test, `${DEPLOYMENTS}/web`, web()).json.spec.replicas).toBe(1);
  });

  it("API165 merges lists by their keys, in the order of the configuration", () => {
    const test = new TestServer();
    const env = (names: string[]) => ({
      ...web(),
      spec: {
        ...web().spec,
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "main", image: "nginx", env: names.map((name) => ({ name, value: "1" })) }] },
        },
      },
    });
    const names = () =>
      (test.get(deployments, "web").spec.template.spec?.containers[0]?.env ?? []).map(({ name }) => name);
    apply(test, `${DEPLOYMENTS}/web`, env(["A", "B", "C"]));
    apply(test, `${DEPLOYMENTS}/web`, env(["X", "B"]), "fieldManager=second");
    expect(names()).toEqual(["A", "X", "B", "C"]);
    apply(test, `${DEPLOYMENTS}/web`, env(["C", "A"]));
    expect(names()).toEqual(["X", "B", "C", "A"]);
  });

  it("API166 refuses to take a field from another manager, but shares a value and takes by force", () => {
    const test = new TestServer();
    test.http("POST", `${DEPLOYMENTS}?fieldManager=kubectl-client-side-apply`, { body: web({ replicas: 2 }) });
    const refused = apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 3 }));
    const cause = {
      reason: "FieldManagerConflict",
      message: 'conflict with "kubectl-client-side-apply" using apps/v1',
    };
    expect([refused.status, refused.json]).toEqual([
      409,
      {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message:
          'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
        reason: "Conflict",
        details: { causes: [{ ...cause, field: ".spec.replicas" }] },
        code: 409,
      },
    ]);
    expect(apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 3, image: "redis" })).json.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="main"].image',
    );
    expect(apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 2 })).status).toBe(200);
    const forced = apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 3 }), "fieldManager=me&force=true");
    expect([forced.status, forced.json.spec.replicas]).toEqual([200, 3]);
    expect(owners(test, `${DEPLOYMENTS}/web`)[1]).not.toContain("f:replicas");
  });

  it("API166 holds for scale too", () => {
    const test = new TestServer();
    apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 2 }));
    const scale = (replicas: number) => ({
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "web" },
      spec: { replicas },
    });
    expect(apply(test, `${DEPLOYMENTS}/web/scale`, scale(4), "fieldManager=scaler").json.message).toBe(
      'Apply failed with 1 conflict: conflict with "me": .spec.replicas',
    );
    const forced = apply(test, `${DEPLOYMENTS}/web/scale`, scale(4), "fieldManager=scaler&force=true");
    expect([forced.status, forced.json.spec]).toEqual([200, { replicas: 4 }]);
    expect(owners(test, `${DEPLOYMENTS}/web`)).toEqual([
      expect.stringMatching(/^me Apply (?!.*f:replicas)/),
      'scaler Apply scale {"f:spec":{"f:replicas":{}}}',
    ]);
  });

  it("API167 kubectl takes over what client-side apply set, and keeps its annotation up to date", () => {
    const test = new TestServer();
    const name = "kubectl.kubernetes.io/last-applied-configuration";
    const annotated = (body: ReturnType<typeof web>) => ({
      ...body,
      metadata: { ...body.metadata, annotations: { [name]: JSON.stringify(body) } },
    });
    const client = `${DEPLOYMENTS}?fieldManager=kubectl-client-side-apply`;
    test.http("POST", client, { body: annotated(web({ replicas: 2 })) });
    const taken = apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 3 }), "fieldManager=kubectl");
    expect([taken.status, taken.json.spec.replicas]).toEqual([200, 3]);
    expect(JSON.parse(taken.json.metadata.annotations[name])).toEqual(web({ replicas: 3 }));
    merge(test, `${DEPLOYMENTS}/web`, { spec: { replicas: 7 } });
    expect(apply(test, `${DEPLOYMENTS}/web`, web({ replicas: 3 }), "fieldManager=kubectl").json.message).toBe(
      'Apply failed with 1 conflict: conflict with "other" using apps/v1: .spec.replicas',
    );
  });

  it("API168 refuses configurations that don't fit", () => {
    const test = new TestServer();
    const said = (body: unknown, query?: string) => {
      const answer = apply(test, `${MAPS}/c`, body, query);
      return [answer.status, answer.json.message];
    };
    expect(said(map({}), "")).toEqual([
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ]);
    expect(merge(test, `${MAPS}/c`, {}, "force=true").json.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
    const fault = "failed to create typed patch object (/c; v1, Kind=ConfigMap): ";
    expect(said({ ...map({}), datum: {} })).toEqual([500, `${fault}.datum: field not declared in schema`]);
    expect(said(map({ a: 1 }))).toEqual([
      500,
      `${fault}.data.a: expected string, got &value.valueUnstructured{Value:1}`,
    ]);
    expect(said({ ...map({}), metadata: { name: "d" } })).toEqual([
      400,
      "the name of the object (d) does not match the name on the URL (c)",
    ]);
    expect(said({ ...map({}), metadata: { name: "c", managedFields: [] } })).toEqual([
      400,
      "metadata.managedFields must be nil",
    ]);
    expect(said({ ...map({}), metadata: { name: "c", uid: "x" } })[1]).toBe(
      'Operation cannot be fulfilled on configmaps "c": uid mismatch: the provided object specified uid x, and no existing object was found',
    );
    expect(said({ ...map({}), apiVersion: "v2" })).toEqual([
      400,
      "Incorrect version specified in apply patch. Specified patch version: v2, expected: v1",
    ]);
    const twice = web();
    twice.spec.template.spec.containers.push(...twice.spec.template.spec.containers);
    expect(apply(test, `${DEPLOYMENTS}/web`, twice).json.message).toBe(
      'failed to create typed patch object (/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="main"]',
    );
    expect(apply(test, `${MAPS}/none/status`, map({})).status).toBe(404);
  });
});
