import { describe, expect, it } from "vitest";
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import type { Resource } from "../meta/resource.ts";
import { csiDrivers } from "./csi-driver.ts";
import { csiNodes } from "./csi-node.ts";
import { csiStorageCapacities } from "./csi-storage-capacity.ts";
import { storageClasses } from "./storage-class.ts";
import { volumeAttachments } from "./volume-attachment.ts";
import { volumeAttributesClasses } from "./volume-attributes-class.ts";

const META = { name: "x", uid: "1", resourceVersion: "1", creationTimestamp: "2025-12-31T23:58:00Z" };
const GROUP = "storage.k8s.io/v1";

function cells<T extends StorageClass | CSIDriver | CSINode | VolumeAttachment>(resource: Resource<T>, object: T) {
  return (resource.columns ?? []).map(({ cell }) => cell(object, { now: Date.UTC(2026, 0, 1) }));
}

describe("storage classes", () => {
  const made = (rest: Partial<StorageClass>): StorageClass => ({
    ...{ apiVersion: GROUP, kind: "StorageClass", metadata: META, provisioner: "example.com/disk" },
    ...rest,
  });
  const texts = (rest: Partial<StorageClass>) => storageClasses.validate?.(made(rest)).map(fieldErrorText);

  it("delete and bind at once unless they say otherwise", () => {
    const { reclaimPolicy, volumeBindingMode } = storageClasses.defaults?.(made({})) ?? {};
    expect([reclaimPolicy, volumeBindingMode]).toEqual(["Delete", "Immediate"]);
  });

  it("are refused with what they can't be", () => {
    const term = (values: string[]) => ({ matchLabelExpressions: [{ key: "zone", values }] });
    expect(texts({ provisioner: "", reclaimPolicy: "Recycle", volumeBindingMode: "Later" })).toEqual([
      "provisioner: Required value",
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
    ]);
    const allowedTopologies = [{}, term([]), term(["a", "a"]), term(["b", "c"]), term(["c", "b"])];
    expect(texts({ volumeBindingMode: "Immediate", allowedTopologies })).toEqual([
      "allowedTopologies[0].matchLabelExpressions: Required value",
      "allowedTopologies[1].matchLabelExpressions[0].values: Required value",
      'allowedTopologies[2].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
      'allowedTopologies[4].matchLabelExpressions: Duplicate value: ""',
    ]);
  });

  it("stay as they are but for growth and mount options", () => {
    const old = made({ reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
    const changed = { parameters: { a: "b" }, provisioner: "other.com/disk", reclaimPolicy: "Retain" };
    const next = { ...old, ...changed, volumeBindingMode: "WaitForFirstConsumer" };
    expect(storageClasses.validateUpdate?.(next, old).map(fieldErrorText)).toEqual([
      "parameters: Forbidden: updates to parameters are forbidden.",
      "provisioner: Forbidden: updates to provisioner are forbidden.",
      "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ]);
    expect(storageClasses.validateUpdate?.({ ...old, allowVolumeExpansion: true }, old)).toEqual([]);
  });

  it("warn of labels of old", () => {
    const allowedTopologies = [
      { matchLabelExpressions: [{ key: "failure-domain.beta.kubernetes.io/zone", values: ["a"] }] },
    ];
    expect(storageClasses.warnings?.(made({ allowedTopologies }), undefined)).toEqual([
      'allowedTopologies[0].matchLabelExpressions[0].key: failure-domain.beta.kubernetes.io/zone is deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    ]);
  });

  it("show which is the default one", () => {
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
    expect(cells(storageClasses, made({ metadata: { ...META, annotations } }))).toEqual([
      "x (default)",
      "example.com/disk",
      "Delete",
      "Immediate",
      false,
      "2m",
    ]);
  });
});

describe("volume attributes classes", () => {
  it("have parameters, which don't change", () => {
    const old = { apiVersion: GROUP, kind: "VolumeAttributesClass", metadata: META, driverName: "disk.example.com" };
    expect(volumeAttributesClasses.validate?.(old).map(fieldErrorText)).toEqual([
      "parameters: Required value: must contain at least one key/value pair",
    ]);
    const next = { ...old, parameters: { iops: "1" } };
    expect(volumeAttributesClasses.validateUpdate?.(next, old).map(fieldErrorText)).toEqual([
      "parameters: Forbidden: updates to parameters are forbidden.",
    ]);
  });
});

describe("drivers", () => {
  const driver = (spec: CSIDriver["spec"]): CSIDriver => ({
    apiVersion: GROUP,
    kind: "CSIDriver",
    metadata: META,
    spec,
  });

  it("attach, and are for persistent volumes, unless they say otherwise", () => {
    const filled = csiDrivers.defaults?.(driver({})) as CSIDriver;
    expect(filled.spec).toEqual({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: "ReadWriteOnceWithFSType",
      requiresRepublish: false,
      seLinuxMount: false,
      volumeLifecycleModes: ["Persistent"],
    });
    expect(cells(csiDrivers, filled)).toEqual(["x", true, false, false, "<unset>", false, "Persistent", "2m"]);
  });

  it("are refused with tokens that aren't for different audiences", () => {
    const tokenRequests = [{ audience: "a", expirationSeconds: 60 }, { audience: "a" }];
    const spec = { ...csiDrivers.defaults?.(driver({ tokenRequests })).spec, volumeLifecycleModes: ["Eternal"] };
    expect(csiDrivers.validate?.(driver(spec)).map(fieldErrorText)).toEqual([
      "spec.tokenRequests[0].expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes",
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.volumeLifecycleModes: Unsupported value: "Eternal": supported values: "Persistent", "Ephemeral"',
    ]);
  });

  it("count the changes of what can change", () => {
    const old = csiDrivers.defaults?.(driver({})) as CSIDriver;
    const next = { ...old, spec: { ...old.spec, podInfoOnMount: true } };
    expect(csiDrivers.prepareForUpdate?.(next, old, { now: 0 }).metadata.generation).toBe(1);
    expect(csiDrivers.prepareForUpdate?.(old, old, { now: 0 })).toBe(old);
    const detached = { ...old, spec: { ...old.spec, attachRequired: false } };
    expect(csiDrivers.validateUpdate?.(detached, old).map(fieldErrorText)).toEqual([
      "spec.attachedRequired: Invalid value: false: field is immutable",
    ]);
  });
});

describe("nodes of drivers", () => {
  const node = (drivers: CSINode["spec"]["drivers"]): CSINode => ({
    ...{ apiVersion: GROUP, kind: "CSINode", metadata: META },
    spec: { drivers },
  });
  const disk = { name: "disk.example.com", nodeID: "a" };

  it("have each driver once, and it stays what it is", () => {
    const twice = node([disk, { ...disk, nodeID: "", topologyKeys: ["zone", "zone"] }]);
    expect(csiNodes.validate?.(twice).map(fieldErrorText)).toEqual([
      "spec.drivers[1].nodeID: Required value",
      'spec.drivers[1].name: Duplicate value: "disk.example.com"',
      'spec.drivers[1]: Duplicate value: "zone"',
    ]);
    expect(csiNodes.validateUpdate?.(node([{ ...disk, nodeID: "b" }]), node([disk])).map(fieldErrorText)).toEqual([
      'spec.drivers: Invalid value: {"Name":"disk.example.com","NodeID":"b","TopologyKeys":[],"Allocatable":null}: field is immutable',
    ]);
    expect(csiNodes.validateUpdate?.(node([{ ...disk, allocatable: { count: 3 } }]), node([disk]))).toEqual([]);
    expect(cells(csiNodes, node([disk]))).toEqual(["x", 1, "2m"]);
  });
});

describe("capacities", () => {
  it("are of one class and place", () => {
    const old: CSIStorageCapacity = {
      ...{ apiVersion: GROUP, kind: "CSIStorageCapacity", metadata: { ...META, namespace: "default" } },
      storageClassName: "fast",
      capacity: "-1Gi",
    };
    expect(csiStorageCapacities.validate?.(old).map(fieldErrorText)).toEqual([
      'capacity: Invalid value: "-1Gi": must be greater than or equal to 0',
    ]);
    expect(
      csiStorageCapacities.validateUpdate?.({ ...old, storageClassName: "slow" }, old).map(fieldErrorText),
    ).toEqual(['storageClassName: Invalid value: "slow": field is immutable']);
  });
});

describe("attachments", () => {
  const attachment = (source: VolumeAttachment["spec"]["source"]): VolumeAttachment => ({
    ...{ apiVersion: GROUP, kind: "VolumeAttachment", metadata: META, status: { attached: false } },
    spec: { attacher: "disk.example.com", nodeName: "worker-1", source },
  });

  it("are of one volume, by name or in line, for good", () => {
    const texts = (source: VolumeAttachment["spec"]["source"]) =>
      volumeAttachments.validate?.(attachment(source)).map(fieldErrorText);
    const one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    expect(texts({})).toEqual([`spec.source: Required value: ${one}`]);
    expect(texts({ persistentVolumeName: "a", inlineVolumeSpec: {} })).toEqual([`spec.source: Forbidden: ${one}`]);
    expect(texts({ inlineVolumeSpec: { hostPath: { path: "/a" } } })).toEqual([
      "spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes",
    ]);
    const old = attachment({ persistentVolumeName: "a" });
    const errors = volumeAttachments.validateUpdate?.(attachment({ persistentVolumeName: "b" }), old);
    expect(errors?.map(({ field, detail }) => [field, detail])).toEqual([["spec", "field is immutable"]]);
    expect(cells(volumeAttachments, old)).toEqual(["x", "disk.example.com", "a", "worker-1", false, "2m"]);
  });
});
