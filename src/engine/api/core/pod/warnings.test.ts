import { expect, it } from "vitest";
import type { PodSpec } from "../../generated/types.ts";
import { podWarnings, templateWarnings } from "./warnings.ts";

const container = { name: "a", image: "nginx" };
const warnings = (spec: object, annotations: Record<string, string> = {}) =>
  podWarnings({ containers: [container], ...spec } as PodSpec, { annotations });

it("warns of nothing in an ordinary pod", () => {
  expect(warnings({})).toEqual([]);
  expect(templateWarnings(undefined, "spec.template")).toEqual([]);
});

it("warns of ports that are defined twice", () => {
  const web = { containerPort: 80, protocol: "TCP" };
  const ports = [web, { ...web, name: "again" }, { ...web, hostPort: 8080 }];
  expect(
    warnings({
      containers: [
        { ...container, ports },
        { name: "b", ports: [{ ...web, hostPort: 8080, hostIP: "10.0.0.1" }] },
      ],
    }),
  ).toEqual([
    "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
    "spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]",
    "spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]",
    "spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]",
    "spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[1]",
    "spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[2]",
  ]);
});

it("warns of variables that hide others, but not of those that build on them", () => {
  const env = [
    { name: "A", value: "1" },
    { name: "A", value: "$(A)/2" },
    { name: "A", value: "3" },
  ];
  expect(warnings({ containers: [{ ...container, env }] })).toEqual([
    'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
  ]);
});

it("warns of what is deprecated, fractional, empty or selects nothing", () => {
  const spec = {
    nodeSelector: { "beta.kubernetes.io/os": "linux" },
    terminationGracePeriodSeconds: -1,
    volumes: [{ name: "v", gitRepo: { repository: "x" } }],
    hostAliases: [{ ip: "1.1.1.1" }, { ip: "1.1.1.1" }],
    imagePullSecrets: [{ name: "" }],
    topologySpreadConstraints: [{ topologyKey: "failure-domain.beta.kubernetes.io/zone", maxSkew: 1 }],
    containers: [{ ...container, resources: { limits: { memory: "100m" } } }],
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "x" }] } },
  };
  expect(warnings(spec, { "scheduler.alpha.kubernetes.io/critical-pod": "" })).toEqual([
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
    'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    "spec.volumes[0].gitRepo: deprecated in v1.11",
    'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
    'spec.imagePullSecrets[0].name: invalid empty name ""',
    'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
    "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
    "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod",
  ]);
});
