import { describe, expect, it } from "vitest";
import {
  deployments,
  networkPolicies,
  persistentVolumeClaims,
  pods,
  replicaSets,
  roles,
  secrets,
} from "../registry.ts";
import { decode, decodeBody } from "./decode.ts";
import { StatusError } from "./status-error.ts";

/** The text of the 400 that `run` must throw. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError && error.code === 400) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("unknown fields", () => {
  const body = { spec: { replica: 3, selector: { matchLabels: { app: "nginx" }, template: {} } } };

  it("doesn't read again what a value shares with one that was read before, and reads the rest", () => {
    const spec = { containers: [], imag: "read before, so nobody complains" };
    const { object, unknownFields } = decode(pods, { metadata: { name: "a", nam: "b" }, spec }, { spec });
    expect(object).toEqual({ metadata: { name: "a" }, spec });
    expect(unknownFields).toEqual(["metadata.nam"]);
  });

  it("are all named by strict decoding", () => {
    expect(messageOf(() => decodeBody(replicaSets, body, { strict: true }))).toBe(
      'ReplicaSet in version "v1" cannot be handled as a ReplicaSet: strict decoding error: unknown field "spec.replica", unknown field "spec.selector.template"',
    );
  });

  it("are dropped otherwise, with indices in their paths", () => {
    const pod = { spec: { containers: [{ name: "a" }, { name: "b", imag: "x" }] } };
    const { object, unknownFields } = decode(pods, pod);
    expect(unknownFields).toEqual(["spec.containers[1].imag"]);
    expect(object).toEqual({ spec: { containers: [{ name: "a" }, { name: "b" }] } });
    expect((object as unknown as typeof pod).spec.containers[0]).toBe(pod.spec.containers[0]);
  });
});

describe("values of the wrong type", () => {
  it.each([
    [
      deployments,
      { spec: { replicas: "3" } },
      "string into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [
      deployments,
      { spec: { replicas: 1.5 } },
      "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
    ],
    [deployments, [], "array into Go value of type v1.Deployment"],
    [
      pods,
      { spec: { containers: [{ ports: [{ containerPort: "80" }] }] } },
      "string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
    ],
    [pods, { metadata: { labels: { a: 1 } } }, "number into Go struct field ObjectMeta.metadata.labels of type string"],
    [pods, { spec: { containers: {} } }, "object into Go struct field PodSpec.spec.containers of type []v1.Container"],
    [
      pods,
      { spec: { restartPolicy: true } },
      "bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
    ],
  ])("are refused in Go's words (%#)", (resource, body, rest) => {
    const head = `${resource.kind} in version "v1" cannot be handled as a ${resource.kind}`;
    expect(messageOf(() => decodeBody(resource, body, { strict: true }))).toBe(
      `${head}: json: cannot unmarshal ${rest}`,
    );
  });

  it("are refused where a type reads itself", () => {
    const limits = { spec: { containers: [{ resources: { limits: { cpu: "lots" } } }] } };
    expect(() => decode(pods, limits)).toThrow("quantities must match the regular expression");
    expect(() => decode(secrets, { data: { a: "not base64" } })).toThrow("illegal base64 data at input byte");
    expect(() => decode(pods, { metadata: { creationTimestamp: "yesterday" } })).toThrow('parsing time "yesterday"');
    const probe = { spec: { containers: [{ livenessProbe: { httpGet: { port: true } } }] } };
    expect(() => decode(pods, probe)).toThrow("cannot unmarshal bool into Go value of type int32");
  });
});

describe("what is taken", () => {
  it("loses zeros that Go leaves out, and keeps those that say something", () => {
    const container = { name: "a", image: "", env: [], stdin: false, resources: {}, securityContext: { runAsUser: 0 } };
    const { object } = decode(pods, {
      metadata: { name: "p", labels: {}, annotations: { a: "" }, finalizers: [] },
      spec: { containers: [container], volumes: [{ name: "v", emptyDir: {} }], hostNetwork: false, priority: 0 },
    });
    expect(object).toEqual({
      metadata: { name: "p", annotations: { a: "" } },
      spec: {
        containers: [{ name: "a", resources: {}, securityContext: { runAsUser: 0 } }],
        volumes: [{ name: "v", emptyDir: {} }],
        priority: 0,
      },
    });
    const policy = { spec: { podSelector: {}, ingress: [{}], egress: [], policyTypes: ["Egress"] } };
    expect(decode(networkPolicies, policy).object).toEqual({
      spec: { podSelector: {}, ingress: [{}], policyTypes: ["Egress"] },
    });
    expect(decode(persistentVolumeClaims, { spec: { storageClassName: "", volumeName: "" } }).object).toEqual({
      spec: { storageClassName: "" },
    });
    expect(decode(roles, { rules: [] }).object).toEqual({ rules: [] });
  });

  it("gets canonical quantities and times, and loses nulls", () => {
    const { object } = decode(pods, {
      metadata: { creationTimestamp: null, labels: { a: null }, deletionTimestamp: "2026-01-01T02:00:00+02:00" },
      spec: { containers: [{ name: "a", resources: { limits: { cpu: 0.5, memory: "1024Mi" } } }] },
    });
    expect(object).toEqual({
      metadata: { labels: { a: "" }, deletionTimestamp: "2026-01-01T00:00:00Z" },
      spec: { containers: [{ name: "a", resources: { limits: { cpu: "500m", memory: "1Gi" } } }] },
    });
  });
});
