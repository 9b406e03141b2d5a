/**
 * The kinds of snapshots, which come with their definitions: what the controllers read of them. Upstream:
 * kubernetes-csi/external-snapshotter client/apis/volumesnapshot/v1/types.go and pkg/utils/util.go.
 */
import type { ObjectReference } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { Client } from "../../client/client.ts";
import type { Informers } from "../../client/contracts.ts";
import type { ControllerContext } from "../define-controller.ts";

export const SNAPSHOT_GROUP = "snapshot.storage.k8s.io";
export const IS_DEFAULT_CLASS = "snapshot.storage.kubernetes.io/is-default-class";
export const CONTENT_BOUND = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection";
export const BEING_DELETED = "snapshot.storage.kubernetes.io/volumesnapshot-being-deleted";
export const BEING_CREATED = "snapshot.storage.kubernetes.io/volumesnapshot-being-created";

/** Index of snapshots by the claim (`namespace/name`) that they are taken of. */
export const OF_CLAIM = "of-claim";

export type DeletionPolicy = "Delete" | "Retain";

export interface SnapshotFailure {
  time?: string;
  message?: string;
}

export interface VolumeSnapshotClass extends KubeObject {
  driver: string;
  deletionPolicy: DeletionPolicy;
  parameters?: Record<string, string>;
}

export interface VolumeSnapshot extends KubeObject {
  spec: {
    source: { persistentVolumeClaimName?: string; volumeSnapshotContentName?: string };
    volumeSnapshotClassName?: string;
  };
  status?: {
    boundVolumeSnapshotContentName?: string;
    creationTime?: string;
    readyToUse?: boolean;
    restoreSize?: string;
    error?: SnapshotFailure;
  };
}

export interface VolumeSnapshotContent extends KubeObject {
  spec: {
    deletionPolicy: DeletionPolicy;
    driver: string;
    source: { volumeHandle?: string; snapshotHandle?: string };
    sourceVolumeMode?: string;
    volumeSnapshotClassName?: string;
    volumeSnapshotRef: ObjectReference;
  };
  status?: {
    /** Nanoseconds since the Unix epoch. */
    creationTime?: number;
    readyToUse?: boolean;
    /** Bytes. */
    restoreSize?: number;
    snapshotHandle?: string;
    error?: SnapshotFailure;
  };
}

export interface SnapshotKinds {
  classes: Resource<VolumeSnapshotClass>;
  snapshots: Resource<VolumeSnapshot>;
  contents: Resource<VolumeSnapshotContent>;
}

/** As the server serves them at present; undefined while one of them is missing. */
export function snapshotKinds({ transport }: Client): SnapshotKinds | undefined {
  const at = <T extends KubeObject>(plural: string): Resource<T> | undefined =>
    transport.catalog.at(SNAPSHOT_GROUP, "v1", plural) as Resource<T> | undefined;
  const classes = at<VolumeSnapshotClass>("volumesnapshotclasses");
  const snapshots = at<VolumeSnapshot>("volumesnapshots");
  const contents = at<VolumeSnapshotContent>("volumesnapshotcontents");
  if (classes === undefined || snapshots === undefined || contents === undefined) return undefined;
  return { classes, snapshots, contents };
}

/** What a follower wants to hear of. */
export interface SnapshotHandlers {
  snapshot?: (snapshot: VolumeSnapshot, gone: boolean) => void;
  content: (content: VolumeSnapshotContent, gone: boolean) => void;
}

/** Watches the kinds as soon as they are served, and anew when their definitions change. Returns what ends it. */
export function followSnapshots(informers: Informers, ctx: ControllerContext, handlers: SnapshotHandlers): () => void {
  let followed: Resource[] = [];
  const follow = (): void => {
    const kinds = snapshotKinds(ctx.client);
    const wanted = (kinds === undefined ? [] : Object.values(kinds)) as Resource[];
    if (wanted.length === followed.length && wanted.every((resource, at) => resource === followed[at])) return;
    for (const resource of followed) informers.forget(resource);
    followed = wanted;
    if (kinds === undefined) return;
    informers.informer(kinds.classes);
    informers.informer(kinds.contents).addHandler(told(handlers.content));
    if (handlers.snapshot === undefined) return;
    const snapshots = informers.informer(kinds.snapshots);
    snapshots.addIndex(OF_CLAIM, ({ metadata, spec }) => {
      const claim = spec.source.persistentVolumeClaimName;
      return claim === undefined ? [] : [`${metadata.namespace}/${claim}`];
    });
    snapshots.addHandler(told(handlers.snapshot));
  };
  follow();
  return ctx.client.transport.catalog.subscribe(follow);
}

function told<T extends KubeObject>(tell: (object: T, gone: boolean) => void) {
  return {
    onAdd: (object: T) => tell(object, false),
    onUpdate: (object: T) => tell(object, false),
    onDelete: (object: T) => tell(object, true),
  };
}

/** The content that a snapshot of a claim is given. */
export function contentNameOf({ metadata }: VolumeSnapshot): string {
  return `snapcontent-${metadata.uid}`;
}

export function isReady({ status }: VolumeSnapshot): boolean {
  return status?.readyToUse === true && status.error === undefined;
}
