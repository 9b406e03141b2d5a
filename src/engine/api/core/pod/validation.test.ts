import { describe, expect, it } from "vitest";
import { freeze } from "../../../base/freeze.ts";
import type { Container, Pod, PodSpec } from "../../generated/types.ts";
import { fieldErrorText } from "../../meta/field-error.ts";
import { defaultPod } from "./defaults.ts";
import { validatePodStatusUpdate } from "./validate-status.ts";
import { validatePodUpdate } from "./validate-update.ts";
import { validatePod, validatePodSpec } from "./validation.ts";

function pod(spec: Partial<PodSpec>): Pod {
  const metadata = { name: "web", namespace: "default", uid: "", resourceVersion: "", creationTimestamp: "" };
  const full = { containers: [{ name: "web", image: "nginx" }], ...spec };
  return freeze(defaultPod({ apiVersion: "v1", kind: "Pod", metadata, spec: full, status: {} }));
}

function withContainer(container: Partial<Container>): Pod {
  return pod({ containers: [{ name: "web", image: "nginx", ...container }] });
}

function texts(object: Pod): string[] {
  return validatePod(object).map(fieldErrorText);
}

describe("pods that are refused", () => {
  it.each<[string, Pod]>([
    ["spec.containers: Required value", pod({ containers: [] })],
    ["spec.containers[0].image: Required value", withContainer({ image: "" })],
    [
      'spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace',
      withContainer({ image: " nginx" }),
    ],
    [
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      pod({ restartPolicy: "Sometimes" }),
    ],
    [
      'spec.containers[1].name: Duplicate value: "a"',
      pod({
        containers: [
          { name: "a", image: "x" },
          { name: "a", image: "x" },
        ],
      }),
    ],
    [
      'spec.containers[0].volumeMounts[0].name: Not found: "data"',
      withContainer({ volumeMounts: [{ name: "data", mountPath: "/data" }] }),
    ],
    [
      "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
      withContainer({ ports: [{ containerPort: 70000 }] }),
    ],
    [
      'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
      withContainer({
        ports: [
          { containerPort: 1, hostPort: 80 },
          { containerPort: 2, hostPort: 80 },
        ],
      }),
    ],
    [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      withContainer({ resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
    ],
    [
      'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
      withContainer({ resources: { limits: { memory: "-1" }, requests: { memory: "-1" } } }),
    ],
    [
      "spec.containers[0].livenessProbe: Required value: must specify a handler type",
      withContainer({ livenessProbe: {} }),
    ],
    [
      "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
      withContainer({ livenessProbe: { exec: { command: ["true"] }, successThreshold: 2 } }),
    ],
    [
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      withContainer({ env: [{ name: "A", value: "1", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] }),
    ],
    [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      pod({ tolerations: [{ value: "x" }] }),
    ],
    ["spec.volumes[0].configMap.name: Required value", pod({ volumes: [{ name: "c", configMap: {} }] })],
    [
      "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
      pod({
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "", whenUnsatisfiable: "DoNotSchedule" }],
      }),
    ],
  ])("%s", (text, object) => {
    expect(texts(object)).toContain(text);
  });

  it("counts init containers and what they can't have", () => {
    const initContainers = [{ name: "web", image: "x", livenessProbe: { exec: { command: ["true"] } } }];
    expect(texts(pod({ initContainers }))).toEqual([
      'spec.initContainers[0].name: Duplicate value: "web"',
      "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    ]);
  });

  it("checks a spec once, wherever it lies", () => {
    const { spec } = pod({ containers: [] });
    expect(validatePodSpec(spec, "spec.template.spec").map(fieldErrorText)).toEqual([
      "spec.template.spec.containers: Required value",
    ]);
    const good = pod({});
    expect(validatePod(good)).toBe(validatePod(good));
  });
});

describe("updates of pods", () => {
  const old = pod({ tolerations: [{ key: "a", operator: "Exists" }] });
  const update = (spec: Partial<PodSpec>): string[] =>
    validatePodUpdate({ ...old, spec: { ...old.spec, ...spec } }, old).map(fieldErrorText);
  const first = old.spec.containers[0] as Container;

  it("may change images, add tolerations, shorten the deadline", () => {
    expect(update({ containers: [{ ...first, image: "nginx:1.27" }] })).toEqual([]);
    expect(update({ tolerations: [...(old.spec.tolerations ?? []), { key: "b", operator: "Exists" }] })).toEqual([]);
    expect(update({ activeDeadlineSeconds: 10 })).toEqual([]);
  });

  it("may not change anything else, and says what", () => {
    const [text = ""] = update({ containers: [{ ...first, command: ["sleep", "1"] }] });
    expect(text).toContain(
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n",
    );
    expect(text).toContain('-       "command": [');
    expect(update({ containers: [first, { name: "b", image: "b" }] })).toContain(
      "spec.containers: Forbidden: pod updates may not add or remove containers",
    );
    expect(update({ tolerations: [] })).toEqual([
      "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
    ]);
  });

  it("may not move a pod through its status", () => {
    const moved = { ...old, spec: { ...old.spec, nodeName: "elsewhere" } };
    expect(validatePodStatusUpdate(moved, old).map(fieldErrorText)).toEqual([
      "status.nodeName: Forbidden: may not be changed directly",
    ]);
  });
});
