/** Volumes and their sources in descriptions. Upstream: kubectl pkg/describe/describe.go (describeVolumes and below). */
import type {
  EphemeralVolumeSource,
  PersistentVolumeSpec,
  ProjectedVolumeSource,
  Volume,
} from "../../engine/api/generated/types.ts";
import { asJson } from "../as-object.ts";
import { goList } from "./head.ts";
import { claimClass } from "./storage-class-name.ts";
import type { DescribeWriter } from "./writer.ts";

export function describeVolumes(out: DescribeWriter, volumes: readonly Volume[], space: string): void {
  if (volumes.length === 0) {
    out.line(0, `${space}Volumes:\t<none>`);
    return;
  }
  out.line(0, `${space}Volumes:`);
  for (const volume of volumes) {
    out.line(1, `${space === "" ? "" : " "}${volume.name}:`);
    const lines = sourceLines(asJson(volume) as Sources);
    if (lines === undefined) out.line(1, "<unknown>");
    else for (const line of lines) out.line(2, line);
  }
}

/** The source of a persistent volume. */
export function describeVolumeSource(out: DescribeWriter, spec: PersistentVolumeSpec): void {
  const lines = sourceLines(asJson(spec) as Sources);
  if (lines === undefined) out.line(1, "<unknown>");
  else for (const line of lines) out.line(2, line);
}

/** The kinds of source by field. Their own fields are shown in this order: title, field, and what stands for an unset one. */
type Sources = Record<string, Record<string, unknown> | undefined>;
type Shown = readonly [title: string, field: string, unset?: string];

const FALSE = "false";
const READ_ONLY: Shown = ["ReadOnly", "readOnly", FALSE];
const FS_TYPE: Shown = ["FSType", "fsType"];
const SECRET_REF: Shown = ["SecretRef", "secretRef", "nil"];

const PLAIN_SOURCES: Readonly<Record<string, { type: string; fields: readonly Shown[] }>> = {
  hostPath: {
    type: "HostPath (bare host directory volume)",
    fields: [
      ["Path", "path"],
      ["HostPathType", "type", "<none>"],
    ],
  },
  emptyDir: {
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: [
      ["Medium", "medium"],
      ["SizeLimit", "sizeLimit", "<unset>"],
    ],
  },
  gcePersistentDisk: {
    type: "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
    fields: [["PDName", "pdName"], FS_TYPE, ["Partition", "partition", "0"], READ_ONLY],
  },
  awsElasticBlockStore: {
    type: "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
    fields: [["VolumeID", "volumeID"], FS_TYPE, ["Partition", "partition", "0"], READ_ONLY],
  },
  gitRepo: {
    type: "GitRepo (a volume that is pulled from git when the pod is created)",
    fields: [
      ["Repository", "repository"],
      ["Revision", "revision"],
    ],
  },
  secret: {
    type: "Secret (a volume populated by a Secret)",
    fields: [
      ["SecretName", "secretName"],
      ["Optional", "optional", FALSE],
    ],
  },
  configMap: {
    type: "ConfigMap (a volume populated by a ConfigMap)",
    fields: [
      ["Name", "name"],
      ["Optional", "optional", FALSE],
    ],
  },
  nfs: {
    type: "NFS (an NFS mount that lasts the lifetime of a pod)",
    fields: [["Server", "server"], ["Path", "path"], READ_ONLY],
  },
  iscsi: {
    type: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    fields: [
      ["TargetPortal", "targetPortal"],
      ["IQN", "iqn"],
      ["Lun", "lun", "0"],
      ["ISCSIInterface", "iscsiInterface"],
      FS_TYPE,
      READ_ONLY,
      ["Portals", "portals", "[]"],
      ["DiscoveryCHAPAuth", "chapAuthDiscovery", FALSE],
      ["SessionCHAPAuth", "chapAuthSession", FALSE],
      SECRET_REF,
      ["InitiatorName", "initiatorName", "<none>"],
    ],
  },
  glusterfs: {
    type: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    fields: [["EndpointsName", "endpoints"], ["Path", "path"], READ_ONLY],
  },
  persistentVolumeClaim: {
    type: "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    fields: [["ClaimName", "claimName"], READ_ONLY],
  },
  rbd: {
    type: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    fields: [
      ["CephMonitors", "monitors", "[]"],
      ["RBDImage", "image"],
      FS_TYPE,
      ["RBDPool", "pool"],
      ["RadosUser", "user"],
      ["Keyring", "keyring"],
      SECRET_REF,
      READ_ONLY,
    ],
  },
  quobyte: {
    type: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    fields: [["Registry", "registry"], ["Volume", "volume"], READ_ONLY],
  },
  azureDisk: {
    type: "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
    fields: [
      ["DiskName", "diskName"],
      ["DiskURI", "diskURI"],
      ["Kind: ", "kind"],
      FS_TYPE,
      ["CachingMode", "cachingMode"],
      READ_ONLY,
    ],
  },
  vsphereVolume: {
    type: "vSphereVolume (a Persistent Disk resource in vSphere)",
    fields: [["VolumePath", "volumePath"], FS_TYPE, ["StoragePolicyName", "storagePolicyName"]],
  },
  cinder: {
    type: "Cinder (a Persistent Disk resource in OpenStack)",
    fields: [["VolumeID", "volumeID"], FS_TYPE, READ_ONLY, SECRET_REF],
  },
  photonPersistentDisk: {
    type: "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
    fields: [["PdID", "pdID"], FS_TYPE],
  },
  portworxVolume: { type: "PortworxVolume (a Portworx Volume resource)", fields: [["VolumeID", "volumeID"]] },
  scaleIO: {
    type: "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
    fields: [
      ["Gateway", "gateway"],
      ["System", "system"],
      ["Protection Domain", "protectionDomain"],
      ["Storage Pool", "storagePool"],
      ["Storage Mode", "storageMode"],
      ["VolumeName", "volumeName"],
      FS_TYPE,
      READ_ONLY,
    ],
  },
  local: {
    type: "LocalVolume (a persistent volume backed by local storage on a node)",
    fields: [["Path", "path"]],
  },
  cephfs: {
    type: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    fields: [
      ["Monitors", "monitors", "[]"],
      ["Path", "path"],
      ["User", "user"],
      ["SecretFile", "secretFile"],
      SECRET_REF,
      READ_ONLY,
    ],
  },
  storageos: {
    type: "StorageOS (a StorageOS Persistent Disk resource)",
    fields: [["VolumeName", "volumeName"], ["VolumeNamespace", "volumeNamespace"], FS_TYPE, READ_ONLY],
  },
  fc: {
    type: "FC (a Fibre Channel disk)",
    fields: [["TargetWWNs", "targetWWNs"], ["LUN", "lun", "<none>"], FS_TYPE, READ_ONLY],
  },
  azureFile: {
    type: "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
    fields: [["SecretName", "secretName"], ["ShareName", "shareName"], READ_ONLY],
  },
  flexVolume: {
    type: "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
    fields: [["Driver", "driver"], FS_TYPE, SECRET_REF, READ_ONLY, ["Options", "options", "map[]"]],
  },
  flocker: {
    type: "Flocker (a Flocker volume mounted by the Flocker agent)",
    fields: [
      ["DatasetName", "datasetName"],
      ["DatasetUUID", "datasetUUID"],
    ],
  },
  image: {
    type: "Image (a container image or OCI artifact)",
    fields: [
      ["Reference", "reference"],
      ["PullPolicy", "pullPolicy"],
    ],
  },
};

function sourceLines(sources: Sources): string[] | undefined {
  for (const [name, { type, fields }] of Object.entries(PLAIN_SOURCES)) {
    const source = sources[name];
    if (source === undefined) continue;
    return [`Type:\t${type}`, ...fields.map((shown) => fieldLine(source, shown))];
  }
  const { projected, downwardAPI, csi, ephemeral } = sources;
  if (projected !== undefined) return projectedLines(projected as ProjectedVolumeSource);
  if (downwardAPI !== undefined) return downwardLines(downwardAPI as Parameters<typeof downwardLines>[0]);
  if (csi !== undefined) return csiLines(csi);
  if (ephemeral !== undefined) return ephemeralLines(ephemeral as EphemeralVolumeSource);
  return undefined;
}

function fieldLine(source: Record<string, unknown>, [title, field, unset = ""]: Shown): string {
  const value = source[field];
  // Upstream forgot a colon, and put one too many.
  const head = title === "ISCSIInterface" ? title : title.endsWith(": ") ? title : `${title}:`;
  return `${head}\t${value === undefined || value === "" ? (unset === "<none>" && value === "" ? "" : unset) : goText(value)}`;
}

/** A value as Go prints it with `%v`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return goList(value.map(goText));
  if (typeof value !== "object" || value === null) return String(value);
  const { name, namespace } = value as { name?: string; namespace?: string };
  if (name !== undefined) {
    return namespace === undefined
      ? `&LocalObjectReference{Name:${name},}`
      : `&SecretReference{Name:${name},Namespace:${namespace},}`;
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${String(item)}`).join(" ")}]`;
}

function projectedLines({ sources = [] }: ProjectedVolumeSource): string[] {
  const lines = ["Type:\tProjected (a volume that contains injected data from multiple sources)"];
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of sources) {
    if (secret !== undefined) {
      lines.push(`SecretName:\t${secret.name ?? ""}`, `Optional:\t${secret.optional ?? false}`);
    } else if (downwardAPI !== undefined) lines.push("DownwardAPI:\ttrue");
    else if (configMap !== undefined) {
      lines.push(`ConfigMapName:\t${configMap.name ?? ""}`, `Optional:\t${configMap.optional ?? false}`);
    } else if (serviceAccountToken !== undefined) {
      lines.push(`TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds ?? 3600}`);
    }
  }
  return lines;
}

function downwardLines({
  items = [],
}: {
  items?: { path: string; fieldRef?: { fieldPath: string }; resourceFieldRef?: { resource: string } }[];
}): string[] {
  const mapped = items.flatMap(({ path, fieldRef, resourceFieldRef }) => [
    ...(fieldRef === undefined ? [] : [`  ${fieldRef.fieldPath} -> ${path}`]),
    ...(resourceFieldRef === undefined ? [] : [`  ${resourceFieldRef.resource} -> ${path}`]),
  ]);
  return ["Type:\tDownwardAPI (a volume populated by information about the pod)", "Items:", ...mapped];
}

function csiLines(source: Record<string, unknown>): string[] {
  const fields: Shown[] = [["Driver", "driver"], FS_TYPE];
  if (source["volumeHandle"] !== undefined) fields.push(["VolumeHandle", "volumeHandle"]);
  fields.push(READ_ONLY);
  const attributes = Object.entries((source["volumeAttributes"] ?? {}) as Record<string, string>).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return [
    "Type:\tCSI (a Container Storage Interface (CSI) volume source)",
    ...fields.map((shown) => fieldLine(source, shown)),
    ...(attributes.length === 0
      ? ["VolumeAttributes:\t<none>"]
      : attributes.map(([key, value], index) => `${index === 0 ? "VolumeAttributes:" : "    "}\t${key}=${value}`)),
  ];
}

function ephemeralLines({ volumeClaimTemplate }: EphemeralVolumeSource): string[] {
  const lines = [
    "Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
  ];
  if (volumeClaimTemplate === undefined) return lines;
  const { spec } = volumeClaimTemplate;
  return [
    ...lines,
    `StorageClass:\t${claimClass(volumeClaimTemplate)}`,
    `Volume:\t${spec.volumeName ?? ""}`,
    // Upstream indents the value as well as the line.
    "Labels:\t    <none>",
    "Annotations:\t    <none>",
    "Capacity:\t",
    "Access Modes:\t",
    ...(spec.volumeMode === undefined ? [] : [`VolumeMode:\t${spec.volumeMode}`]),
  ];
}
