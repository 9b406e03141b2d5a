/** What pods ask for and may have: `admin/resource/`, `pods/resource/`, `pods/qos/`, priorities. */
import type { Container } from "../../../api/generated/types.ts";
import {
  claim,
  container,
  deployment,
  type Examples,
  type Labels,
  limitRange,
  type Manifest,
  object,
  pod,
  podSpec,
  resources,
} from "./manifest.ts";

/** A pod of one container that asks for these requests and limits. */
type Asking = [requests?: Labels | undefined, limits?: Labels];

/** `name` with a container `name-ctr`. */
function demo(name: string, [requests, limits]: Asking, image = "nginx"): Manifest {
  const asks = requests !== undefined || limits !== undefined;
  return pod(name, container(`${name}-ctr`, image, asks ? { resources: resources(requests, limits) } : {}));
}

/** `file.yaml`, `file-2.yaml` … with pods `name`, `name-2` …. */
function demos(file: string, name: string, each: Asking[]): Examples {
  return Object.fromEntries(
    each.map((asking, index) => {
      const suffix = index === 0 ? "" : `-${index + 1}`;
      return [`admin/resource/${file}${suffix}.yaml`, () => [demo(`${name}${suffix}`, asking)]];
    }),
  );
}

function quota(name: string, hard: Labels): Manifest {
  return object("v1 ResourceQuota", name, { spec: { hard } });
}

function stress(bytes: string): Partial<Container> {
  return { command: ["stress"], args: ["--vm", "1", "--vm-bytes", bytes, "--vm-hang", "1"] };
}

/** What a container or a pod asks for of one resource. */
function of(resource: string, request: string, limit: string): { resources: ReturnType<typeof resources> } {
  return { resources: resources({ [resource]: request }, { [resource]: limit }) };
}

export function resourceExamples(): Examples {
  return { ...limitRanges(), ...quotas(), ...requests(), ...podLevel(), ...qosClasses(), ...priorities() };
}

function limitRanges(): Examples {
  return {
    "admin/resource/memory-defaults.yaml": () => [
      limitRange("mem-limit-range", { default: { memory: "512Mi" }, defaultRequest: { memory: "256Mi" } }),
    ],
    ...demos("memory-defaults-pod", "default-mem-demo", [[], [undefined, { memory: "1Gi" }], [{ memory: "128Mi" }]]),
    "admin/resource/cpu-defaults.yaml": () => [
      limitRange("cpu-limit-range", { default: { cpu: "1" }, defaultRequest: { cpu: "0.5" } }),
    ],
    ...demos("cpu-defaults-pod", "default-cpu-demo", [[], [undefined, { cpu: "1" }], [{ cpu: "0.75" }]]),
    "admin/resource/memory-constraints.yaml": () => [
      limitRange("mem-min-max-demo-lr", { max: { memory: "1Gi" }, min: { memory: "500Mi" } }),
    ],
    ...demos("memory-constraints-pod", "constraints-mem-demo", [
      [{ memory: "600Mi" }, { memory: "800Mi" }],
      [{ memory: "800Mi" }, { memory: "1.5Gi" }],
      [{ memory: "100Mi" }, { memory: "800Mi" }],
      [],
    ]),
    "admin/resource/cpu-constraints.yaml": () => [
      limitRange("cpu-min-max-demo-lr", { max: { cpu: "800m" }, min: { cpu: "200m" } }),
    ],
    ...demos("cpu-constraints-pod", "constraints-cpu-demo", [
      [{ cpu: "500m" }, { cpu: "800m" }],
      [{ cpu: "500m" }, { cpu: "1.5" }],
      [{ cpu: "100m" }, { cpu: "800m" }],
    ]),
    "admin/resource/cpu-constraints-pod-4.yaml": () => [demo("constraints-cpu-demo-4", [], "vish/stress")],
    "admin/resource/limit-mem-cpu-container.yaml": () => [
      limitRange("limit-mem-cpu-per-container", {
        max: { cpu: "800m", memory: "1Gi" },
        min: { cpu: "100m", memory: "99Mi" },
        default: { cpu: "700m", memory: "900Mi" },
        defaultRequest: { cpu: "110m", memory: "111Mi" },
      }),
    ],
    "admin/resource/limit-mem-cpu-pod.yaml": () => [
      limitRange("limit-mem-cpu-per-pod", { max: { cpu: "2", memory: "2Gi" } }, "Pod"),
    ],
    "admin/resource/limit-memory-ratio-pod.yaml": () => [
      limitRange("limit-memory-ratio-pod", { maxLimitRequestRatio: { memory: "2" } }, "Pod"),
    ],
    "admin/resource/limit-range-pod-1.yaml": () => [fourContainers("busybox1")],
    "admin/resource/limit-range-pod-2.yaml": () => [fourContainers("busybox2")],
    "admin/resource/limit-range-pod-3.yaml": () => [
      pod(
        "busybox3",
        container("busybox-cnt01", "busybox:1.28", {
          command: ["sleep", "3600"],
          ...of("memory", "100Mi", "300Mi"),
        }),
      ),
    ],
    "admin/resource/storagelimits.yaml": () => [
      limitRange("storagelimits", { max: { storage: "2Gi" }, min: { storage: "1Gi" } }, "PersistentVolumeClaim"),
    ],
    "admin/resource/pvc-limit-lower.yaml": () => [claim("pvc-limit-lower", "500Mi")],
    "admin/resource/pvc-limit-greater.yaml": () => [claim("pvc-limit-greater", "5Gi")],
    "concepts/policy/limit-range/problematic-limit-range.yaml": () => [
      limitRange("cpu-resource-constraint", {
        default: { cpu: "500m" },
        defaultRequest: { cpu: "500m" },
        max: { cpu: "1" },
        min: { cpu: "100m" },
      }),
    ],
    "concepts/policy/limit-range/example-conflict-with-limitrange-cpu.yaml": () => [
      paused("example-conflict-with-limitrange-cpu", [{ cpu: "700m" }]),
    ],
    "concepts/policy/limit-range/example-no-conflict-with-limitrange-cpu.yaml": () => [
      paused("example-no-conflict-with-limitrange-cpu", [{ cpu: "700m" }, { cpu: "700m" }]),
    ],
  };
}

function paused(name: string, asking: Asking): Manifest {
  return pod(name, container("demo", "registry.k8s.io/pause:3.8", { resources: resources(...asking) }));
}

/** Containers with requests and limits, requests alone, limits alone, and neither. */
function fourContainers(name: string): Manifest {
  const request = { cpu: "100m", memory: "100Mi" };
  const limit = { cpu: "500m", memory: "200Mi" };
  const asked = [resources(request, limit), resources(request), resources(undefined, limit), undefined];
  return pod(
    name,
    asked.map((amounts, index) =>
      container(`busybox-cnt0${index + 1}`, "busybox:1.28", {
        command: ["/bin/sh"],
        args: ["-c", `while true; do echo hello from cnt0${index + 1}; sleep 10;done`],
        ...(amounts && { resources: amounts }),
      }),
    ),
  );
}

function quotas(): Examples {
  return {
    "admin/resource/quota-mem-cpu.yaml": () => [
      quota("mem-cpu-demo", {
        "requests.cpu": "1",
        "requests.memory": "1Gi",
        "limits.cpu": "2",
        "limits.memory": "2Gi",
      }),
    ],
    "admin/resource/quota-mem-cpu-pod.yaml": () => [
      demo("quota-mem-cpu-demo", [
        { memory: "600Mi", cpu: "400m" },
        { memory: "800Mi", cpu: "800m" },
      ]),
    ],
    "admin/resource/quota-mem-cpu-pod-2.yaml": () => [
      demo(
        "quota-mem-cpu-demo-2",
        [
          { memory: "700Mi", cpu: "400m" },
          { memory: "1Gi", cpu: "800m" },
        ],
        "redis",
      ),
    ],
    "admin/resource/quota-pod.yaml": () => [quota("pod-demo", { pods: "2" })],
    "admin/resource/quota-pod-deployment.yaml": () => [
      deployment("pod-quota-demo", {
        replicas: 3,
        labels: { purpose: "quota-demo" },
        pod: podSpec(container("pod-quota-demo", "nginx")),
      }),
    ],
    "admin/resource/quota-objects.yaml": () => [
      quota("object-quota-demo", {
        persistentvolumeclaims: "1",
        "services.loadbalancers": "2",
        "services.nodeports": "0",
      }),
    ],
    "admin/resource/quota-objects-pvc.yaml": () => [claim("pvc-quota-demo", "3Gi", { storageClassName: "manual" })],
    "admin/resource/quota-objects-pvc-2.yaml": () => [claim("pvc-quota-demo-2", "4Gi", { storageClassName: "manual" })],
  };
}

function requests(): Examples {
  const memory =
    (suffix: string, [request, limit]: [string, string], bytes: string) =>
    () => [
      pod(
        { name: `memory-demo${suffix}`, namespace: "mem-example" },
        container(`memory-demo${suffix}-ctr`, "polinux/stress", { ...of("memory", request, limit), ...stress(bytes) }),
      ),
    ];
  const cpu = (suffix: string, request: string, limit: string) => () => [
    pod(
      { name: `cpu-demo${suffix}`, namespace: "cpu-example" },
      container(`cpu-demo-ctr${suffix}`, "vish/stress", { ...of("cpu", request, limit), args: ["-cpus", "2"] }),
    ),
  ];
  const dongles = (name: string, count: string) => () => [
    pod(name, container(`${name}-ctr`, "nginx", of("example.com/dongle", count, count))),
  ];
  return {
    "pods/resource/memory-request-limit.yaml": memory("", ["100Mi", "200Mi"], "150M"),
    "pods/resource/memory-request-limit-2.yaml": memory("-2", ["50Mi", "100Mi"], "250M"),
    "pods/resource/memory-request-limit-3.yaml": memory("-3", ["1000Gi", "1000Gi"], "150M"),
    "pods/resource/cpu-request-limit.yaml": cpu("", "0.5", "1"),
    "pods/resource/cpu-request-limit-2.yaml": cpu("-2", "100", "100"),
    "pods/resource/extended-resource-pod.yaml": dongles("extended-resource-demo", "3"),
    "pods/resource/extended-resource-pod-2.yaml": dongles("extended-resource-demo-2", "2"),
    "pods/resource/pod-resize.yaml": () => [
      pod(
        { name: "resize-demo", namespace: "qos-example" },
        container("pause", "registry.k8s.io/pause:3.8", {
          resizePolicy: [
            { resourceName: "cpu", restartPolicy: "NotRequired" },
            { resourceName: "memory", restartPolicy: "RestartContainer" },
          ],
          resources: resources({ memory: "200Mi", cpu: "700m" }, { memory: "200Mi", cpu: "700m" }),
        }),
      ),
    ],
  };
}

function podLevel(): Examples {
  const named = (name: string) => ({ name, namespace: "pod-resources-example" });
  return {
    "pods/resource/pod-level-cpu-request-limit.yaml": () => [
      pod(named("cpu-demo"), container("cpu-demo-ctr", "vish/stress", { args: ["-cpus", "2"] }), of("cpu", "0.5", "1")),
    ],
    "pods/resource/pod-level-memory-request-limit.yaml": () => [
      pod(named("memory-demo"), container("memory-demo-ctr", "nginx", stress("150M")), of("memory", "100Mi", "200Mi")),
    ],
    "pods/resource/pod-level-resources.yaml": () => [
      pod(
        named("pod-resources-demo"),
        [
          container("pod-resources-demo-ctr-1", "nginx", {
            resources: resources({ cpu: "0.5", memory: "50Mi" }, { cpu: "0.5", memory: "100Mi" }),
          }),
          container("pod-resources-demo-ctr-2", "fedora", { command: ["sleep", "inf"] }),
        ],
        { resources: resources({ cpu: "1", memory: "100Mi" }, { cpu: "1", memory: "200Mi" }) },
      ),
    ],
  };
}

function qosClasses(): Examples {
  const guaranteed = { memory: "200Mi", cpu: "700m" };
  const inNamespace =
    (name: string, ...containers: [name: string, image: string, ...asking: Asking][]) =>
    (): Manifest[] => {
      const made = containers.map(([each, image, ...asking]) =>
        container(each, image, asking.length > 0 ? { resources: resources(...asking) } : {}),
      );
      return [pod({ name, namespace: "qos-example" }, made)];
    };
  return {
    "pods/qos/qos-pod.yaml": inNamespace("qos-demo", ["qos-demo-ctr", "nginx", guaranteed, guaranteed]),
    "pods/qos/qos-pod-2.yaml": inNamespace("qos-demo-2", [
      "qos-demo-2-ctr",
      "nginx",
      { memory: "100Mi" },
      { memory: "200Mi" },
    ]),
    "pods/qos/qos-pod-3.yaml": inNamespace("qos-demo-3", ["qos-demo-3-ctr", "nginx"]),
    "pods/qos/qos-pod-4.yaml": inNamespace(
      "qos-demo-4",
      ["qos-demo-4-ctr-1", "nginx", { memory: "200Mi" }],
      ["qos-demo-4-ctr-2", "redis"],
    ),
    "pods/qos/qos-pod-5.yaml": inNamespace("qos-demo-5", ["qos-demo-ctr-5", "nginx", guaranteed, guaranteed]),
  };
}

function priorities(): Examples {
  const labels = { "app.kubernetes.io/name": "capacity-placeholder" };
  return {
    "priorityclass/low-priority-class.yaml": () => [
      object("scheduling.k8s.io/v1 PriorityClass", "placeholder", {
        value: -1000,
        globalDefault: false,
        description: "Negative priority for placeholder pods to enable overprovisioning.",
      }),
    ],
    "deployments/deployment-with-capacity-reservation.yaml": () => {
      const apart = { topologyKey: "topology.kubernetes.io/hostname", labelSelector: { matchLabels: labels } };
      const reserve = podSpec(
        container("pause", "registry.k8s.io/pause:3.6", {
          resources: resources({ cpu: "50m", memory: "512Mi" }, { memory: "512Mi" }),
        }),
        {
          priorityClassName: "placeholder",
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }],
            },
          },
        },
      );
      return [
        object("apps/v1 Deployment", "capacity-reservation", {
          spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels, annotations: { "kubernetes.io/description": "Capacity reservation" } },
              spec: reserve,
            },
          },
        }),
      ];
    },
  };
}
