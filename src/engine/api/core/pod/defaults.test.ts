import { describe, expect, it } from "vitest";
import { freeze } from "../../../base/freeze.ts";
import type { Pod, PodSpec } from "../../generated/types.ts";
import { parseImageName } from "../../meta/image-name.ts";
import { deployments, pods } from "../../registry.ts";
import { defaultPodSpec, defaultPodTemplate, defaultPullPolicy } from "./defaults.ts";

function pod(spec: Partial<PodSpec>): Pod {
  const metadata = { name: "web", namespace: "default", uid: "", resourceVersion: "", creationTimestamp: "" };
  const full = { containers: [{ name: "web", image: "nginx" }], ...spec };
  return freeze({ apiVersion: "v1", kind: "Pod", metadata, spec: full, status: {} });
}

describe("defaults of a pod", () => {
  it("fills in what upstream fills in", () => {
    expect(defaultPodSpec(pod({}).spec)).toEqual({
      containers: [
        {
          name: "web",
          image: "nginx",
          imagePullPolicy: "Always",
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
          resources: {},
        },
      ],
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: "default-scheduler",
      enableServiceLinks: true,
    });
  });

  it("asks for a filesystem where a volume's claim doesn't say what it wants", () => {
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const volumes = [{ name: "scratch", ephemeral: { volumeClaimTemplate: { spec } } }];
    expect(defaultPodSpec(pod({ volumes }).spec).volumes).toEqual([
      { name: "scratch", ephemeral: { volumeClaimTemplate: { spec: { ...spec, volumeMode: "Filesystem" } } } },
    ]);
  });

  it("fills in sources of volumes that need a driver", () => {
    const volumes = [
      { name: "a", iscsi: { targetPortal: "10.0.0.1", iqn: "iqn.2001-04.com.example:a", lun: 0 } },
      { name: "b", azureDisk: { diskName: "b", diskURI: "https://example.com/b", kind: "Managed" } },
    ];
    const [iscsi, disk] = defaultPodSpec(pod({ volumes }).spec).volumes ?? [];
    expect(iscsi?.iscsi?.iscsiInterface).toBe("default");
    expect(disk?.azureDisk).toMatchObject({
      cachingMode: "ReadWrite",
      kind: "Managed",
      fsType: "ext4",
      readOnly: false,
    });
  });

  it("asks for the pod as a whole what its containers ask for, where it has limits", () => {
    const ask = (requests: Record<string, string>) => ({ name: "a", image: "nginx", resources: { requests } });
    const containers = [ask({ cpu: "100m" }), { ...ask({ cpu: "200m" }), name: "b" }];
    const own = (resources: PodSpec["resources"]) => defaultPodSpec(pod({ containers, resources }).spec).resources;
    const limits = { cpu: "1", memory: "1Gi" };
    expect(own({ limits })).toEqual({ limits, requests: { cpu: "300m", memory: "1Gi" } });
    expect(own({ requests: { memory: "1Gi" } })).toEqual({ requests: { memory: "1Gi" } });
    expect(own({ limits: { cpu: "much" } })).toEqual({ limits: { cpu: "much" }, requests: { cpu: "300m" } });
    const pages = { limits: { "hugepages-2Mi": "4Mi" }, requests: { cpu: "1" } };
    const holder = {
      containers: [{ name: "a", image: "nginx", resources: pages }],
      resources: { requests: { cpu: "1" } },
    };
    expect(defaultPodSpec(pod(holder).spec).resources).toEqual({
      limits: { "hugepages-2Mi": "4Mi" },
      requests: { cpu: "1", "hugepages-2Mi": "4Mi" },
    });
  });

  it("is done once for a spec that many pods share", () => {
    const { spec } = pod({});
    const first = defaultPodSpec(spec);
    expect(defaultPodSpec(spec)).toBe(first);
    expect(defaultPodSpec(first)).toBe(first);
  });

  it("takes requests from limits, and probes, ports and volumes from their defaults", () => {
    const spec = defaultPodSpec(
      pod({
        hostNetwork: true,
        serviceAccount: "builder",
        containers: [
          {
            name: "web",
            image: "nginx:1.27",
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: "1", memory: "64Mi" }, requests: { cpu: "100m" } },
            livenessProbe: { httpGet: { port: 80 }, periodSeconds: 3 },
          },
        ],
        volumes: [{ name: "tmp" }, { name: "cfg", configMap: { name: "c" } }],
      }).spec,
    );
    expect(spec.serviceAccountName).toBe("builder");
    expect(spec.containers[0]).toMatchObject({
      imagePullPolicy: "IfNotPresent",
      ports: [{ containerPort: 80, hostPort: 80, protocol: "TCP" }],
      resources: { requests: { cpu: "100m", memory: "64Mi" } },
      livenessProbe: {
        httpGet: { path: "/", port: 80, scheme: "HTTP" },
        timeoutSeconds: 1,
        periodSeconds: 3,
        successThreshold: 1,
        failureThreshold: 3,
      },
    });
    expect(spec.volumes).toEqual([
      { name: "tmp", emptyDir: {} },
      { name: "cfg", configMap: { name: "c", defaultMode: 420 } },
    ]);
  });

  it("leaves a template without what only a pod gets", () => {
    const limits = { limits: { cpu: "1" } };
    const template = defaultPodTemplate({ spec: { containers: [{ name: "a", image: "b", resources: limits }] } });
    expect(template.spec?.enableServiceLinks).toBeUndefined();
    expect(template.spec?.containers[0]?.resources).toEqual(limits);
  });

  it("starts Pending with a class, and waits while gates are closed", () => {
    const created = pods.prepareForCreate?.(pod({ schedulingGates: [{ name: "g" }] }), { now: 0 });
    expect(created?.status).toMatchObject({ phase: "Pending", qosClass: "BestEffort" });
    expect(created?.status.conditions?.[0]?.reason).toBe("SchedulingGated");
  });

  it("grants no grace where nothing runs", () => {
    const running = pod({ nodeName: "n", terminationGracePeriodSeconds: 7 });
    expect(pods.gracePeriodSeconds?.(running)).toBe(7);
    expect(pods.gracePeriodSeconds?.(pod({}))).toBe(0);
    expect(pods.gracePeriodSeconds?.({ ...running, status: { phase: "Failed" } })).toBe(0);
  });
});

describe("image names", () => {
  it.each([
    ["nginx", "docker.io", "library/nginx", "latest"],
    ["nginx:1.7.9", "docker.io", "library/nginx", "1.7.9"],
    ["gcr.io/google-samples/kubernetes-bootcamp:v1", "gcr.io", "google-samples/kubernetes-bootcamp", "v1"],
    ["localhost:5000/x", "localhost:5000", "x", "latest"],
    ["a/b", "docker.io", "a/b", "latest"],
  ])("%s", (text, domain, path, tag) => {
    expect(parseImageName(text)).toMatchObject({ domain, path, tag });
  });

  it("refuses what is none, and asks for a digest's image only once", () => {
    for (const bad of ["", "Nginx", "a b", "nginx:", "nginx@sha256:12"]) expect(parseImageName(bad)).toBeUndefined();
    expect(defaultPullPolicy(`nginx@sha256:${"a".repeat(64)}`)).toBe("IfNotPresent");
    expect(defaultPullPolicy("nginx:latest")).toBe("Always");
  });
});

describe("defaults of a deployment", () => {
  it("rolls a quarter at a time", () => {
    const deployment = deployments.defaults?.(deployments.example as never);
    expect(deployment?.spec).toMatchObject({
      replicas: 3,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
  });
});
