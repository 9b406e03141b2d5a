/** A bound volume with labels of a zone or region is used there alone. Upstream: plugins/volumezone. */
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolume, Pod } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import type { Plugin, Verdict } from "../framework.ts";
import { podClaims } from "../pod-claims.ts";
import { changedNode } from "../queue-events.ts";
import type { VolumeListers } from "../volume-listers.ts";

const NAME = "VolumeZone";
const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";
/** Labels of topology, the old ones too, and by what name a node of today has them. */
const LABELS: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": ZONE,
  "failure-domain.beta.kubernetes.io/region": REGION,
  [ZONE]: ZONE,
  [REGION]: REGION,
};
/** Between the zones of a volume that is in several. */
const SEPARATOR = "__";

function unresolvable(reason: string): Verdict {
  return { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: [reason] };
}

const CONFLICT = unresolvable("node(s) had no available volume zone");
const NO_CLASS = unresolvable("PersistentVolumeClaim had no pv name and storageClass name");
const NO_VOLUME_NAME = unresolvable("PersistentVolume had no name");

interface Topology {
  readonly key: string;
  readonly values: readonly string[];
}

export const volumeZone: Plugin = {
  name: NAME,
  scope: "cluster",
  events: ["node-add", "node-update", "claim-add", "claim-update", "volume-add", "volume-update", "class-add"],
  filter({ pod }, { volumes }) {
    if (volumes === undefined || pod.spec.volumes === undefined) return "skip";
    const topologies = topologiesOf(pod, volumes);
    if (!Array.isArray(topologies)) return topologies as Verdict;
    if (topologies.length === 0) return "skip";
    return {
      check({ labels }) {
        // A cluster of one zone may have no labels at all.
        if (!Object.keys(LABELS).some((key) => labels[key] !== undefined)) return undefined;
        const fits = ({ key, values }: Topology): boolean => {
          const value = labels[key] ?? labels[LABELS[key] as string];
          return value !== undefined && values.includes(value);
        };
        return topologies.every(fits) ? undefined : CONFLICT;
      },
    };
  },
  helps({ pod, namespace }, event) {
    switch (event.type) {
      case "claim-add":
      case "claim-update": {
        const { name, namespace: of } = event.claim.metadata;
        return of === namespace && podClaims(pod).some((claim) => !claim.ephemeral && claim.name === name);
      }
      case "volume-update":
        return !deepEqual(zonesOf(event.volume), zonesOf(event.old));
      case "class-add":
        return event.storageClass.volumeBindingMode === "WaitForFirstConsumer";
      case "node-update":
        return !deepEqual(event.node.metadata.labels, event.old.metadata.labels);
      default:
        return changedNode(event) !== undefined || event.type === "volume-add";
    }
  },
};

function topologiesOf(pod: Pod, volumes: VolumeListers): readonly Topology[] | Verdict {
  const topologies: Topology[] = [];
  for (const { name, ephemeral } of podClaims(pod)) {
    if (ephemeral) continue;
    const claim = volumes.claim(`${pod.metadata.namespace}/${name}`);
    if (claim === undefined) return unresolvable(`persistentvolumeclaim ${JSON.stringify(name)} not found`);
    const volumeName = claim.spec.volumeName ?? "";
    if (volumeName === "") {
      const className = storageClassOf(claim);
      if (className === "") return NO_CLASS;
      const storageClass = volumes.storageClass(className);
      if (storageClass === undefined) {
        return unresolvable(`storageclass.storage.k8s.io ${JSON.stringify(className)} not found`);
      }
      if (storageClass.volumeBindingMode !== "WaitForFirstConsumer") return NO_VOLUME_NAME;
      continue;
    }
    const volume = volumes.volume(volumeName);
    if (volume === undefined) return unresolvable(`persistentvolume ${JSON.stringify(volumeName)} not found`);
    topologies.push(...zonesOf(volume));
  }
  return topologies;
}

function zonesOf({ metadata: { labels = {} } }: PersistentVolume): Topology[] {
  return Object.keys(LABELS).flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, values: value.split(SEPARATOR) }];
  });
}
