/**
 * What the volume controller reads and the writes that bind and unbind. Upstream: bind, unbindVolume, updateClaimStatus and
 * updateVolumePhase in pkg/controller/volume/persistentvolume/pv_controller.go.
 */
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, findMatchingVolume, isBoundTo } from "../../api/core/volume-matching.ts";
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import type { ControllerContext } from "../define-controller.ts";
import { Latest } from "./latest.ts";

/** Volumes without a claim, by class. */
export const FREE = "free";
/** Volumes by the `namespace/name` of their claim. */
export const CLAIMED = "claimed";

export interface BindingEvent {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

export class Binder {
  private readonly ctx: ControllerContext;
  readonly claims = new Latest<PersistentVolumeClaim>();
  readonly volumes = new Latest<PersistentVolume>();

  constructor(ctx: ControllerContext) {
    this.ctx = ctx;
  }

  claim(key: string): PersistentVolumeClaim | undefined {
    return this.claims.of(this.ctx.lister(persistentVolumeClaims).get(key));
  }

  /** Asks the API server when the informer knows of none. */
  claimForSure(key: string): PersistentVolumeClaim | undefined {
    const [namespace = "", name = ""] = key.split("/");
    try {
      return this.claim(key) ?? this.ctx.client.resource(persistentVolumeClaims).get(namespace, name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  volume(name: string): PersistentVolume | undefined {
    return this.volumes.of(this.ctx.lister(persistentVolumes).get(name));
  }

  classOf(claim: PersistentVolumeClaim): StorageClass | undefined {
    return this.ctx.lister(storageClasses).get(storageClassOf(claim));
  }

  bestMatch(claim: PersistentVolumeClaim, options: { delayed: boolean }): PersistentVolume | undefined {
    const lister = this.ctx.lister(persistentVolumes);
    const known = [...lister.byIndex(CLAIMED, keyOf(claim)), ...lister.byIndex(FREE, storageClassOf(claim))];
    const volumes = known.flatMap((volume) => this.volumes.of(volume) ?? []);
    return findMatchingVolume(claim, volumes, options);
  }

  /** Binds both to each other; does nothing where all is said already. */
  bind(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    const held = this.setPhase(this.bindVolume(volume, claim), "Bound");
    this.setClaimStatus(this.bindClaim(claim, held), "Bound", held);
  }

  private bindVolume(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
    const { claimRef } = volume.spec;
    if (claimRef?.uid === claim.metadata.uid) return volume;
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    const reference = { kind: "PersistentVolumeClaim", namespace, name, uid, apiVersion: "v1", resourceVersion };
    // Who reserved the volume for the claim himself keeps it reserved when the claim goes.
    const reserved = isBoundTo(volume, claim);
    const metadata = reserved ? volume.metadata : annotated(volume, { [BOUND_BY_CONTROLLER]: "yes" }).metadata;
    return this.saveVolume({ ...volume, metadata, spec: { ...volume.spec, claimRef: reference } });
  }

  private bindClaim(claim: PersistentVolumeClaim, { metadata }: PersistentVolume): PersistentVolumeClaim {
    const named = claim.spec.volumeName === metadata.name;
    if (named && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return claim;
    const bound = annotated(claim, { [BIND_COMPLETED]: "yes", ...(!named && { [BOUND_BY_CONTROLLER]: "yes" }) });
    return this.saveClaim({ ...bound, spec: { ...claim.spec, volumeName: metadata.name } });
  }

  /** Takes back a binding: a volume that was reserved by its maker stays reserved. */
  unbind(volume: PersistentVolume): void {
    const { claimRef, ...spec } = volume.spec;
    const { [BOUND_BY_CONTROLLER]: own, ...annotations } = volume.metadata.annotations ?? {};
    const next =
      own === undefined
        ? { ...volume, spec: { ...spec, claimRef: { ...claimRef, uid: undefined } } }
        : { ...volume, metadata: { ...volume.metadata, annotations }, spec };
    this.setPhase(this.saveVolume(next), "Available");
  }

  saveClaim(claim: PersistentVolumeClaim): PersistentVolumeClaim {
    return this.claims.note(this.ctx.client.resource(persistentVolumeClaims).update(claim));
  }

  private saveVolume(volume: PersistentVolume): PersistentVolume {
    return this.volumes.note(this.ctx.client.resource(persistentVolumes).update(volume));
  }

  setPhase(volume: PersistentVolume, phase: string, event?: BindingEvent): PersistentVolume {
    if (volume.status?.phase === phase) return volume;
    const { reason: _, message: __, ...rest } = volume.status ?? {};
    const status = { ...rest, phase, ...(event && { message: event.message }) };
    const saved = this.volumes.note(this.ctx.client.resource(persistentVolumes).updateStatus({ ...volume, status }));
    if (event !== undefined) this.ctx.events.event(saved, event.type, event);
    return saved;
  }

  /** What a claim has is said once, when it gets it: later sizes come with an expansion. */
  setClaimStatus(
    claim: PersistentVolumeClaim,
    phase: string,
    volume?: PersistentVolume,
    event?: BindingEvent,
  ): PersistentVolumeClaim {
    const { accessModes: _, capacity: own, ...rest } = claim.status ?? {};
    const capacity = claim.status?.phase === "Bound" ? own : volume?.spec.capacity;
    const status = {
      ...rest,
      phase,
      ...(volume && { accessModes: volume.spec.accessModes, capacity }),
    };
    if (deepEqual(status, claim.status)) return claim;
    const saved = this.claims.note(this.ctx.client.resource(persistentVolumeClaims).updateStatus({ ...claim, status }));
    if (event !== undefined && claim.status?.phase !== phase) this.ctx.events.event(saved, event.type, event);
    return saved;
  }
}

/** The object with these annotations besides its own. */
export function annotated<T extends PersistentVolume | PersistentVolumeClaim>(
  object: T,
  annotations: Readonly<Record<string, string>>,
): T {
  const all = { ...object.metadata.annotations, ...annotations };
  return { ...object, metadata: { ...object.metadata, annotations: all } };
}
