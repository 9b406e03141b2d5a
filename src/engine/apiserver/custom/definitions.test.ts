import { beforeEach, describe, expect, it } from "vitest";
import { crontab, crontabDefinition, crontabVersion } from "../testing/crontab.ts";
import { TestServer } from "../testing/test-server.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRD = `${CRDS}/crontabs.stable.example.com`;
const ALL = "/apis/stable.example.com/v1/crontabs";
const TABS = "/apis/stable.example.com/v1/namespaces/default/crontabs";
const MERGE = { "content-type": "application/merge-patch+json" };

let test: TestServer;
beforeEach(() => {
  test = new TestServer();
});

const define = (versions?: object[], more?: object) =>
  test.http("POST", CRDS, { body: crontabDefinition(versions, more) });
const conditions = (path = CRD): string[] =>
  test
    .http("GET", path)
    .json.status.conditions.map(
      (each: Record<string, string>) => `${each["type"]}=${each["status"]} ${each["reason"]}`,
    );

describe("definitions", () => {
  it("API133 accepts names, is established and serves at once", () => {
    expect(test.http("GET", ALL).status).toBe(404);
    const made = define();
    expect(made.status).toBe(201);
    expect(made.json.spec.names).toEqual({
      plural: "crontabs",
      singular: "crontab",
      kind: "CronTab",
      listKind: "CronTabList",
      shortNames: ["ct"],
      categories: ["all"],
    });
    expect(made.json.spec.conversion).toEqual({ strategy: "None" });
    expect(made.json.metadata.generation).toBe(1);
    expect(conditions()).toEqual(["NamesAccepted=True NoConflicts", "Established=True InitialNamesAccepted"]);
    const { acceptedNames, storedVersions } = test.http("GET", CRD).json.status;
    expect([acceptedNames, storedVersions]).toEqual([made.json.spec.names, ["v1"]]);
    expect(test.http("GET", ALL).json).toMatchObject({
      kind: "CronTabList",
      apiVersion: "stable.example.com/v1",
      items: [],
    });
  });

  it("API133 refuses what is no definition, in upstream's words and at upstream's paths", () => {
    const refused = define(
      [
        crontabVersion("v1", {
          storage: false,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: {} } } },
        }),
      ],
      { group: "x" },
    );
    expect(refused.status).toBe(422);
    expect(
      refused.json.details.causes.map((each: Record<string, string>) => `${each["field"]}: ${each["message"]}`),
    ).toEqual([
      'metadata.name: Invalid value: "crontabs.stable.example.com": must be spec.names.plural+"."+spec.group',
      'spec.group: Invalid value: "x": should be a domain with at least one dot',
      "spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields",
      expect.stringMatching(
        /^spec.versions: Invalid value: .*: must have exactly one version marked as storage version$/,
      ),
    ]);
  });

  it("API133 refuses rules that don't compile", () => {
    const rules = { "x-kubernetes-validations": [{ rule: "self.replica > 1" }] };
    expect(define([crontabVersion("v1", {}, rules)]).json.message).toBe(
      'CustomResourceDefinition.apiextensions.k8s.io "crontabs.stable.example.com" is invalid: spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self.replica > 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field \'replica\'\n | self.replica > 1\n | ....^',
    );
  });

  it("API133 needs an approval in Kubernetes' own groups", () => {
    const group = { group: "x.k8s.io", names: { plural: "boats", kind: "Boat" } };
    const boat = { ...crontabDefinition([crontabVersion()], group), metadata: { name: "boats.x.k8s.io" } };
    expect(test.http("POST", CRDS, { body: boat }).json.message).toContain(
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    );
    const annotations = { "api-approved.kubernetes.io": "https://example.com/1" };
    const approved = { ...boat, metadata: { name: "boats.x.k8s.io", annotations } };
    expect(test.http("POST", CRDS, { body: approved }).status).toBe(201);
    expect(conditions(`${CRDS}/boats.x.k8s.io`)).toContain(
      "KubernetesAPIApprovalPolicyConformant=True ApprovedAnnotation",
    );
  });

  it("API134 a name that another has is not accepted until it is free", () => {
    define();
    const other = {
      ...crontabDefinition([crontabVersion()], { names: { plural: "others", kind: "Other", shortNames: ["ct"] } }),
      metadata: { name: "others.stable.example.com" },
    };
    test.http("POST", CRDS, { body: other });
    const path = `${CRDS}/others.stable.example.com`;
    expect(conditions(path)).toEqual(["NamesAccepted=False ShortNamesConflict", "Established=False NotAccepted"]);
    expect(test.http("GET", path).json.status.conditions[0].message).toBe('"ct" is already in use');
    expect(test.http("GET", "/apis/stable.example.com/v1/others").status).toBe(404);
    test.http("DELETE", CRD);
    expect(conditions(path)).toEqual(["NamesAccepted=True NoConflicts", "Established=True InitialNamesAccepted"]);
    expect(test.http("GET", "/apis/stable.example.com/v1/others").status).toBe(200);
  });

  it("API134 kind, plural, group and scope stay; a stored version stays named", () => {
    define();
    const kept = test.http("PATCH", CRD, {
      headers: MERGE,
      body: { spec: { scope: "Cluster", names: { kind: "Other" } } },
    });
    expect(kept.json.message).toContain('spec.scope: Invalid value: "Cluster": field is immutable');
    expect(kept.json.message).toContain('spec.names.kind: Invalid value: "Other": field is immutable');
    const gone = test.http("PATCH", CRD, {
      headers: MERGE,
      body: { spec: { versions: [crontabVersion("v2", { storage: true })] } },
    });
    expect(gone.json.message).toContain(
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version',
    );
  });

  it("API135 goes with all its objects, and its resource with it", () => {
    define();
    test.http("POST", TABS, { body: crontab() });
    test.http("POST", TABS, {
      body: { ...crontab({ image: "x" }, "held"), metadata: { name: "held", finalizers: ["example.com/hold"] } },
    });
    const answer = test.http("DELETE", CRD);
    expect(answer.json.metadata.finalizers).toEqual(["customresourcecleanup.apiextensions.k8s.io"]);
    expect(conditions().at(-1)).toBe("Terminating=True InstanceDeletionInProgress");
    expect(test.http("GET", TABS).json.items.map((each: { metadata: { name: string } }) => each.metadata.name)).toEqual(
      ["held"],
    );
    expect(test.http("POST", TABS, { body: crontab() }).json).toMatchObject({
      code: 405,
      message: "create not allowed while custom resource definition is terminating",
    });
    test.http("PATCH", `${TABS}/held`, { headers: MERGE, body: { metadata: { finalizers: null } } });
    expect(test.http("GET", CRD).status).toBe(404);
    expect(test.http("GET", TABS).status).toBe(404);
    expect(test.http("GET", "/apis/stable.example.com/v1").status).toBe(404);
    define();
    expect(test.http("GET", TABS).json.items).toEqual([]);
  });

  it("API135 is served again after a restart", () => {
    define();
    test.http("POST", TABS, { body: crontab() });
    test.server.stop();
    test.server.start();
    expect(test.http("GET", TABS).json.items).toHaveLength(1);
  });
});

describe("versions", () => {
  const two = [
    crontabVersion("v1beta1", { storage: false, deprecated: true }),
    crontabVersion("v1"),
    crontabVersion("v2", {
      storage: false,
      additionalPrinterColumns: [{ name: "X", type: "string", jsonPath: ".spec.image" }],
    }),
  ];

  it("API136 one object in each version; the newest stable one is preferred", () => {
    define(two);
    const made = test.http("POST", TABS.replace("v1", "v1beta1"), { body: crontab({ image: "x" }, "one", "v1beta1") });
    expect(made.headers["Warning"]).toBe('299 - "stable.example.com/v1beta1 CronTab is deprecated"');
    const shown = ["v1", "v1beta1", "v2"].map((version) => test.http("GET", `${TABS.replace("v1", version)}/one`).json);
    expect(shown.map(({ apiVersion }) => apiVersion)).toEqual(
      ["v1", "v1beta1", "v2"].map((v) => `stable.example.com/${v}`),
    );
    expect(new Set(shown.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`)).size).toBe(1);
    const group = test.http("GET", "/apis/stable.example.com").json;
    expect([group.preferredVersion.version, group.versions.map((each: { version: string }) => each.version)]).toEqual([
      "v2",
      ["v2", "v1", "v1beta1"],
    ]);
  });

  it("API136 the storage version may change; a version may end", () => {
    define(two);
    test.http("POST", TABS, { body: crontab() });
    const versions = [crontabVersion("v1", { storage: false, served: false }), crontabVersion("v2", { storage: true })];
    expect(
      test.http("PATCH", CRD, { headers: MERGE, body: { spec: { versions } } }).json.status.storedVersions,
    ).toEqual(["v1", "v2"]);
    expect(test.http("GET", TABS).status).toBe(404);
    expect(test.http("GET", `${TABS.replace("v1", "v2")}/one`).json.spec).toEqual({ image: "x", replicas: 1 });
  });

  it("API136 a changed schema shows in what is stored already, and running watches see it", () => {
    define();
    const resource = test.server.catalog.at("stable.example.com", "v1", "crontabs");
    const watch = test.watch(resource as never);
    test.http("POST", TABS, { body: crontab() });
    const schema = {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: { type: "object", properties: { image: { type: "string" }, mode: { type: "string", default: "a" } } },
        },
      },
    };
    test.http("PATCH", CRD, { headers: MERGE, body: { spec: { versions: [crontabVersion("v1", { schema })] } } });
    expect(test.http("GET", `${TABS}/one`).json.spec).toEqual({ image: "x", mode: "a" });
    test.http("PATCH", `${TABS}/one`, { headers: MERGE, body: { metadata: { labels: { a: "b" } } } });
    test.settle();
    expect(watch.events.map(({ object }) => (object as { spec?: unknown }).spec)).toEqual([
      { image: "x", mode: "a" },
      { image: "x", mode: "a" },
    ]);
  });

  it("API136 conversion by webhook fails loudly", () => {
    const clientConfig = { service: { name: "conv", namespace: "default", path: "/convert", port: 443 } };
    define(two, { conversion: { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } } });
    expect(test.http("POST", TABS, { body: crontab() }).status).toBe(201);
    expect(test.http("GET", `${TABS.replace("v1", "v2")}/one`).json).toMatchObject({
      code: 500,
      message:
        'conversion webhook for stable.example.com/v2, Kind=CronTab failed: Post "https://conv.default.svc:443/convert?timeout=30s": service "conv" not found',
    });
  });
});
