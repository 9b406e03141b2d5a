/** Volumes in descriptions. Upstream: kubectl pkg/describe/describe.go (describeVolumes). */
import type { Volume, VolumeProjection } from "../../engine/api/generated/types.ts";
import type { DescribeWriter } from "./writer.ts";

export function describeVolumes(out: DescribeWriter, volumes: readonly Volume[], space: string): void {
  if (volumes.length === 0) {
    out.line(0, `${space}Volumes:\t<none>`);
    return;
  }
  out.line(0, `${space}Volumes:`);
  for (const volume of volumes) {
    out.line(1, `${space === "" ? "" : " "}${volume.name}:`);
    for (const line of volumeLines(volume)) out.line(2, line);
  }
}

/** Simplified: kinds that nothing here mounts show their name only. */
function volumeLines(volume: Volume): string[] {
  const { emptyDir, hostPath, configMap, secret, persistentVolumeClaim, projected, downwardAPI, nfs } = volume;
  if (emptyDir != null) {
    return [
      "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
      `Medium:\t${emptyDir.medium ?? ""}`,
      `SizeLimit:\t${emptyDir.sizeLimit ?? "<unset>"}`,
    ];
  }
  if (hostPath != null) {
    return [
      "Type:\tHostPath (bare host directory volume)",
      `Path:\t${hostPath.path}`,
      `HostPathType:\t${hostPath.type ?? ""}`,
    ];
  }
  if (configMap != null) {
    return [
      "Type:\tConfigMap (a volume populated by a ConfigMap)",
      `Name:\t${configMap.name ?? ""}`,
      `Optional:\t${configMap.optional ?? false}`,
    ];
  }
  if (secret != null) {
    return [
      "Type:\tSecret (a volume populated by a Secret)",
      `SecretName:\t${secret.secretName ?? ""}`,
      `Optional:\t${secret.optional ?? false}`,
    ];
  }
  if (persistentVolumeClaim != null) {
    return [
      "Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
      `ClaimName:\t${persistentVolumeClaim.claimName}`,
      `ReadOnly:\t${persistentVolumeClaim.readOnly ?? false}`,
    ];
  }
  if (projected != null) {
    return [
      "Type:\tProjected (a volume that contains injected data from multiple sources)",
      ...(projected.sources ?? []).flatMap(projectionLines),
    ];
  }
  if (downwardAPI != null) {
    const items = (downwardAPI.items ?? []).flatMap((item) =>
      item.fieldRef == null ? [] : [`  ${item.fieldRef.fieldPath} -> ${item.path}`],
    );
    return ["Type:\tDownwardAPI (a volume populated by information about the pod)", "Items:", ...items];
  }
  if (nfs != null) {
    return [
      "Type:\tNFS (an NFS mount that lasts the lifetime of a pod)",
      `Server:\t${nfs.server}`,
      `Path:\t${nfs.path}`,
      `ReadOnly:\t${nfs.readOnly ?? false}`,
    ];
  }
  return ["<unknown>"];
}

function projectionLines(source: VolumeProjection): string[] {
  if (source.secret != null) {
    return [`SecretName:\t${source.secret.name ?? ""}`, `Optional:\t${source.secret.optional ?? false}`];
  }
  if (source.downwardAPI != null) return ["DownwardAPI:\ttrue"];
  if (source.configMap != null) {
    return [`ConfigMapName:\t${source.configMap.name ?? ""}`, `Optional:\t${source.configMap.optional ?? false}`];
  }
  if (source.serviceAccountToken != null) {
    return [`TokenExpirationSeconds:\t${source.serviceAccountToken.expirationSeconds ?? 3600}`];
  }
  return [];
}
