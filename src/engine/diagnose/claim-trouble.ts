/** Why a claim has no volume: volumes that nearly fit, its class, whoever makes volumes for that, in that order. */
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../api/generated/types.ts";
import { isPodReady } from "../api/core/pod/conditions.ts";
import { formatAccessModes, storageClassOf } from "../api/core/volume-claims.ts";
import {
  isBoundTo,
  isLargeEnough,
  LOCAL_PATH,
  MINIKUBE_HOST_PATH,
  modesDiffer,
  NO_PROVISIONER,
  offersModes,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
} from "../api/core/volume-matching.ts";
import { keyOf } from "../api/meta/object.ts";
import { deployments, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from "../api/registry.ts";
import { csiDrivers } from "../api/storage/csi-driver.ts";
import type { ClusterFacts } from "./facts.ts";
import { nearest } from "./nearest.ts";
import type { NodeTrouble as Trouble } from "./node-trouble.ts";
import { inNamespace } from "./service-trouble.ts";

/** Of the first of a pod's claims that has no volume; undefined when all have, or wait for the pod alone. */
export function claimTroubleOf(pod: Pod, facts: ClusterFacts): Trouble | undefined {
  for (const { name, persistentVolumeClaim, ephemeral } of pod.spec.volumes ?? []) {
    const wanted = persistentVolumeClaim?.claimName ?? (ephemeral && `${pod.metadata.name}-${name}`);
    if (wanted === undefined) continue;
    const claim = facts.get(persistentVolumeClaims, pod.metadata.namespace ?? "", wanted);
    const trouble = claim === undefined ? missing(pod, wanted, facts) : claimTrouble(claim, facts);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function missing({ metadata: { namespace = "" } }: Pod, wanted: string, facts: ClusterFacts): Trouble {
  const known = facts.list(persistentVolumeClaims, namespace).map(({ metadata }) => metadata.name);
  const meant = nearest(wanted, known);
  const change = meant === undefined ? "create it" : `create it, or name ${meant} in the pod's volumes`;
  return { cause: `there is no claim ${wanted} in namespace ${namespace}`, change };
}

/** Undefined of a claim that has its volume, or waits for its first pod. */
export function claimTrouble(claim: PersistentVolumeClaim, facts: ClusterFacts): Trouble | undefined {
  const { metadata, spec, status } = claim;
  if (status.phase === "Bound") return undefined;
  const name = `claim ${metadata.name}`;
  if (status.phase === "Lost") {
    const cause = `${name} has lost its volume ${spec.volumeName ?? ""}: it was deleted`;
    return { cause, change: "make the claim anew; what was on the volume is in no volume of the cluster any more" };
  }
  const className = storageClassOf(claim);
  const storageClass = facts.get(storageClasses, "", className);
  const provisioner = storageClass?.provisioner ?? NO_PROVISIONER;
  if (provisioner === NO_PROVISIONER) return volumeTrouble(claim, facts);
  const waits = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
  if (waits && metadata.annotations?.[SELECTED_NODE] === undefined) return undefined;
  const idle = provisionerTrouble(provisioner, facts);
  if (idle !== undefined) {
    const cause = `the volume of ${name} is to be made by ${provisioner}: ${idle.cause}`;
    return { ...idle, cause };
  }
  const asked = metadata.annotations?.[STORAGE_PROVISIONER] === undefined ? "has not been asked to" : "is about to";
  return { cause: `${name} has no volume yet: ${provisioner} ${asked} make it` };
}

/** Of a claim that nobody makes a volume for: it has to be there. */
function volumeTrouble(claim: PersistentVolumeClaim, facts: ClusterFacts): Trouble {
  const className = storageClassOf(claim);
  const name = `claim ${claim.metadata.name}`;
  const all = facts.list(persistentVolumes, "");
  const near = all
    .filter((volume) => storageClassOf(volume) === className)
    .map((volume) => ({ volume, gap: gapOf(volume, claim) }))
    .sort((a, b) => a.gap.length - b.gap.length)[0];
  const says = (text: string): string => `no PersistentVolume fits ${name}${text}`;
  if (near !== undefined) {
    const { volume, gap } = near;
    const left = volume.spec.claimRef;
    if (gap.length === 0 && left !== undefined) {
      const cause = `${volume.metadata.name} still belongs to claim ${left.namespace}/${left.name}, which is gone`;
      const command = `kubectl patch pv ${volume.metadata.name} --type=json -p '[{"op":"remove","path":"/spec/claimRef"}]'`;
      return { cause: says(`: ${cause}`), change: "give it free", command };
    }
    const change = "make a volume that does, or ask for what there is";
    return gap.length === 0
      ? { cause: `${name} is about to be bound to ${volume.metadata.name}` }
      : { cause: says(`: ${volume.metadata.name} ${gap.join(", ")}`), change };
  }
  const classes = facts.list(storageClasses, "").map(({ metadata }) => metadata.name);
  if (className === "") {
    const change = classes.length === 0 ? "make one" : `make one, or name a class: ${classes.join(", ")}`;
    return { cause: says(", and it names no storage class"), change };
  }
  if (classes.includes(className)) return { cause: says(`: there is none of class ${className}`), change: "make one" };
  const meant = nearest(className, classes);
  const others = meant === undefined ? "" : `, or make the claim anew with class ${meant}`;
  return { cause: `${name} names storage class ${className}, which is not there`, change: `create it${others}` };
}

/** What a volume lacks for a claim; nothing where it would fit if nobody had it. */
function gapOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string[] {
  const { spec, status } = volume;
  const size = claim.spec.resources?.requests?.["storage"] ?? "0";
  const gap: string[] = [];
  if (!isLargeEnough(volume, claim))
    gap.push(`has ${spec.capacity?.["storage"] ?? "0"}, less than the ${size} asked for`);
  if (!offersModes(volume, claim)) {
    const modes = [spec.accessModes, claim.spec.accessModes].map(formatAccessModes);
    gap.push(`offers ${modes[0]}, not ${modes[1]}`);
  }
  if (modesDiffer(claim.spec, spec)) gap.push(`is of volumeMode ${spec.volumeMode ?? "Filesystem"}`);
  if (claim.spec.volumeName !== undefined && claim.spec.volumeName !== volume.metadata.name)
    gap.push(`is not ${claim.spec.volumeName}, which the claim names`);
  for (const [key, value] of Object.entries(claim.spec.selector?.matchLabels ?? {}))
    if (volume.metadata.labels?.[key] !== value) gap.push(`has no label ${key}=${value}`);
  if (status.phase === "Bound" && spec.claimRef !== undefined && !isBoundTo(volume, claim))
    gap.push(`belongs to claim ${spec.claimRef.namespace}/${spec.claimRef.name}`);
  return gap;
}

/** Nobody who makes volumes of that kind is at work. */
function provisionerTrouble(provisioner: string, facts: ClusterFacts): Trouble | undefined {
  if (provisioner === LOCAL_PATH) return deploymentTrouble("local-path-provisioner", facts);
  if (provisioner === MINIKUBE_HOST_PATH) {
    const pod = facts.get(pods, "kube-system", "storage-provisioner");
    // Elsewhere than in minikube's cluster it has no pod.
    if (
      (pod !== undefined && isPodReady(pod)) ||
      facts.get(storageClasses, "", "standard")?.provisioner !== provisioner
    )
      return undefined;
    if (pod !== undefined) return { cause: `its pod ${keyOf(pod)} is not ready`, change: "get it well" };
    const command = "minikube addons enable storage-provisioner";
    return { cause: "its pod kube-system/storage-provisioner is gone", change: "bring it back", command };
  }
  if (facts.get(csiDrivers, "", provisioner) !== undefined) return undefined;
  const classes = facts
    .list(storageClasses, "")
    .filter((each) => each.provisioner !== provisioner && provisionerTrouble(each.provisioner, facts) === undefined);
  const others = classes.map(({ metadata }) => metadata.name).join(", ");
  const change = others === "" ? "install it" : `install it, or make the claim anew with another class: ${others}`;
  return { cause: "nothing in the cluster goes by that name", change };
}

function deploymentTrouble(name: string, facts: ClusterFacts): Trouble | undefined {
  const [found] = facts.list(deployments, "").filter(({ metadata }) => metadata.name === name);
  if (found === undefined || (found.status.readyReplicas ?? 0) > 0) return undefined;
  const cause = `deployment ${keyOf(found)} has no ready pod`;
  if (found.spec.replicas !== 0) return { cause, change: "get its pods well" };
  const command = `kubectl scale deployment ${name}${inNamespace(found.metadata.namespace)} --replicas=1`;
  return { cause: `deployment ${keyOf(found)} is scaled to 0`, change: "scale it up", command };
}
