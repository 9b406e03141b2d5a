/** What the chaos run creates: one of each workload, of a size and a strategy that the dice give. */
import type { Dice } from "../../../apiserver/testing/fuzz/dice.ts";

const IMAGES = ["nginx:1.25", "nginx:1.27", "httpd:2.4", "registry.k8s.io/pause:3.10", "nginx:no-such-tag"];
/** Nobody answers a probe there. */
const SILENT = "registry.k8s.io/pause:3.10";
const GRACE = [0, 5, 30];

export const NAMESPACE = "default";
/** A namespace with a quota. */
export const LIMITED = "limited";

export interface ChaosObject {
  metadata: { name: string; namespace: string };
  spec: object;
}

function namespaceOf(dice: Dice): string {
  return dice.chance(25) ? LIMITED : NAMESPACE;
}

/** Of pods that are probed only what serves. */
export function imageOf(dice: Dice, options: { probed: boolean }): string {
  const image = dice.pick(IMAGES);
  return options.probed && image === SILENT ? (IMAGES[0] as string) : image;
}

function template(dice: Dice, name: string, more: object = {}): object {
  const image = imageOf(dice, { probed: false });
  return {
    metadata: { labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: dice.pick(GRACE),
      containers: [
        {
          name: "main",
          image,
          resources: { requests: { cpu: `${50 + 50 * dice.int(8)}m`, memory: "64Mi" } },
          ...(image !== SILENT &&
            dice.chance(50) && { readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5 } }),
        },
      ],
      ...more,
    },
  };
}

export function deployment(dice: Dice, name: string): ChaosObject {
  const rolling = {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: dice.pick([1, 2, "25%"]), maxUnavailable: dice.pick([0, 1, "50%"]) },
  };
  return {
    metadata: { name, namespace: namespaceOf(dice) },
    spec: {
      replicas: dice.int(7),
      selector: { matchLabels: { app: name } },
      strategy: dice.chance(20) ? { type: "Recreate" } : rolling,
      template: template(dice, name),
    },
  };
}

export function statefulSet(dice: Dice, name: string): ChaosObject {
  const claim = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  return {
    metadata: { name, namespace: NAMESPACE },
    spec: {
      serviceName: name,
      replicas: 1 + dice.int(3),
      podManagementPolicy: dice.pick(["OrderedReady", "Parallel"]),
      selector: { matchLabels: { app: name } },
      template: template(dice, name),
      ...(dice.chance(50) && { volumeClaimTemplates: [claim] }),
    },
  };
}

export function daemonSet(dice: Dice, name: string): ChaosObject {
  return {
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { matchLabels: { app: name } }, template: template(dice, name) },
  };
}

export function job(dice: Dice, name: string): ChaosObject {
  const command = ["sh", "-c", `sleep ${5 + dice.int(60)}; exit ${dice.chance(20) ? 1 : 0}`];
  return {
    metadata: { name, namespace: namespaceOf(dice) },
    spec: {
      completions: 1 + dice.int(4),
      parallelism: 1 + dice.int(2),
      backoffLimit: dice.int(3),
      template: {
        metadata: { labels: { app: name } },
        spec: {
          restartPolicy: dice.pick(["Never", "OnFailure"]),
          containers: [
            { name: "main", image: "busybox:1.36", command, resources: { requests: { cpu: "50m", memory: "16Mi" } } },
          ],
        },
      },
    },
  };
}

export function service(name: string, namespace: string): ChaosObject {
  return { metadata: { name, namespace }, spec: { selector: { app: name }, ports: [{ port: 80 }] } };
}

export function budget(dice: Dice, { metadata }: ChaosObject): ChaosObject {
  const amount = dice.pick([{ minAvailable: 1 }, { maxUnavailable: 1 }, { minAvailable: "50%" }]);
  return { metadata: { ...metadata }, spec: { ...amount, selector: { matchLabels: { app: metadata.name } } } };
}
