/**
 * Whose matter it is that a workload does not run. A verdict comes from what was seen in the cluster and from what else its
 * folder holds; `known.json` has images that exist in the world and not here, with the reason, and pages that want what
 * happens.
 */
import { readFileSync } from "node:fs";
import type { Node, Pod } from "../../src/engine/api/generated/types.ts";
import { parseQuantity, scaledValue } from "../../src/engine/api/meta/quantity.ts";
import { parseImageName } from "../../src/engine/runtime/containers/image-name.ts";
import { imageSource } from "../../src/engine/images/registry.ts";
import type { Manifest } from "../manifests/collection.ts";
import type { Sight } from "./trial.ts";
import { nameOf, podSpecOf } from "./manifest-parts.ts";

/** Images are the repositories, whole, with a tag, or (with a slash at the end) their beginning. Of a page: what was to be seen. */
interface Known {
  images: { why: string; repositories: string[] }[];
  /** Names that stand in manifests for a program of the reader's own image. */
  noPrograms: string[];
  pages: { path: string; name?: string; sees: string; promised: boolean; why: string }[];
}

const known = JSON.parse(readFileSync(new URL("known.json", import.meta.url), "utf8")) as Known;

export interface Verdict {
  /** "reached": it runs or ends as its page wants. "documented": the reader's, or named as left out. "open": ours. */
  state: "reached" | "documented" | "open";
  why: string;
}

/** What there is to judge by. */
export interface Evidence {
  /** Path below the collections. */
  file: string;
  manifest: Manifest;
  sight: Sight | undefined;
  folder: readonly Manifest[];
  nodes: readonly Node[];
  /** What a test of Pod Security says that its pods are to be. */
  security: { level: string; passes: boolean } | undefined;
  /** Something that it names, and that has made-up content here. */
  byHand: Manifest | undefined;
  /** Whether the server took it. */
  taken(manifest: Manifest): boolean;
}

const open = (why: string): Verdict => ({ state: "open", why });
const documented = (why: string): Verdict => ({ state: "documented", why });

export function verdict(evidence: Evidence): Verdict {
  const found = judged(evidence);
  const { byHand, sight } = evidence;
  if (found.state !== "open" || byHand === undefined || sight?.kind === "image") return found;
  // A program may need more than a value that somebody made up.
  return documented(`what the reader puts into a ${byHand.object.kind.toLowerCase()}`);
}

function judged(evidence: Evidence): Verdict {
  const { sight, file, manifest, security } = evidence;
  if (security !== undefined && sight?.kind !== "refused") {
    return security.passes
      ? { state: "reached", why: "admitted by pod security, as it is to be" }
      : open(`pod security's level ${security.level} was to refuse it`);
  }
  if (security?.passes === true && !/metadata\.name: Invalid/.test(sight?.message ?? ""))
    return open(`pod security was to admit it: ${sight?.message ?? ""}`);
  const page = known.pages.find(({ path, name }) => path === file && (name === undefined || name === nameOf(manifest)));
  if (page !== undefined) {
    const seen = sight === undefined ? "runs" : `${sight.kind}: ${sight.message}`;
    if (!new RegExp(page.sees).test(seen)) return open(`the page was to see ${page.sees}, and saw ${seen}`);
    return { state: page.promised ? "reached" : "documented", why: page.why };
  }
  if (sight === undefined) return { state: "reached", why: "runs, ended well or wants no pods" };
  switch (sight.kind) {
    case "refused":
      return refused(sight.message);
    case "no pods":
      return withoutPods(sight.message, evidence);
    case "unscheduled":
      return unscheduled(sight, evidence);
    case "image":
      return image(sight);
    case "create":
    case "volume":
      return missing(sight.message, evidence) ?? machine(sight.message) ?? open(sight.message);
    case "ended":
      return ended(sight, evidence);
    case "initialising":
      return initialising(sight, evidence);
    case "not ready":
      return missing(sight.message, evidence) ?? notReady(sight, evidence);
  }
}

function refused(message: string): Verdict {
  if (message.startsWith("no matches for kind")) return documented("its kind or version is none of this Kubernetes");
  if (/violates PodSecurity/.test(message)) return { state: "reached", why: "refused by pod security, as it is to be" };
  if (/Required value/.test(message)) return documented("a part of an object: what is required stands elsewhere");
  if (/metadata\.name: Invalid value: "[a-z0-9][a-z0-9_.-]*"/.test(message))
    return documented("a name that no object can have");
  if (/RFC 1123|regular expression|cannot unmarshal/.test(message))
    return documented("a placeholder instead of a value");
  if (/error looking up service account/.test(message)) return documented("the reader makes a serviceaccount first");
  return documented("the API server refuses it");
}

function withoutPods(message: string, evidence: Evidence): Verdict {
  if (message === "no node fits") return { state: "reached", why: "a DaemonSet that no node fits wants no pods" };
  if (/violates PodSecurity/.test(message)) return { state: "reached", why: "refused by pod security, as it is to be" };
  const { nodeName } = podSpecOf(evidence.manifest) ?? {};
  if (nodeName !== undefined && !evidence.nodes.some(({ metadata }) => metadata.name === nodeName))
    return documented("the node that it names");
  return missing(message, evidence) ?? open(message);
}

const OBJECT =
  /(configmap|secret|persistentvolumeclaim|serviceaccount|priorityclass|storageclass(?:\.storage\.k8s\.io)?|runtimeclass(?:\.node\.k8s\.io)?|resourceclaimtemplate\.resource\.k8s\.io|PriorityClass with name) "?([\w.-]+(?:\/[\w.-]+)?)"?.{0,60}not found|error looking up service account ([\w./-]+)|no PriorityClass with name ([\w.-]+) was found|RuntimeHandler "([^"]*)"/i;

/** The object that the message misses is one that the reader is to make. */
function missing(message: string, { folder, taken }: Evidence): Verdict | undefined {
  const found = OBJECT.exec(message);
  if (found === null) {
    if (/couldn't find key|references non-existent (config|secret) key/.test(message))
      return documented("a key that its configuration has not");
    return undefined;
  }
  const [, type = "", named, account, priority, handler] = found;
  const name = (named ?? account ?? priority ?? handler ?? "").replace(/^.*\//, "");
  const kind = type === "" ? (account !== undefined ? "serviceaccount" : "priorityclass") : type.replace(/[. ].*/, "");
  const there = folder.find(
    ({ object }) => object.kind.toLowerCase() === kind.toLowerCase() && object.metadata?.["name"] === name,
  );
  if (there !== undefined && taken(there)) return open(`${kind} "${name}" is in its folder: ${message}`);
  if (there !== undefined) return documented("something of its folder that the API server refuses");
  return documented(`the reader makes a ${kind.toLowerCase()} first`);
}

/** What a machine has to bring. */
function machine(message: string): Verdict | undefined {
  if (/no runtime for ".*" is configured/.test(message)) return documented("a runtime that its RuntimeClass names");
  if (/clusterTrustBundle is not available/.test(message)) return documented("a feature that is off by default");
  if (/hostPath type check failed/.test(message)) return documented("a path that the node has to have");
  if (/cannot load seccomp profile|apparmor profile not found/.test(message))
    return documented("a profile of seccomp or AppArmor that the node has to have");
  if (/volume plugin for \w+ is not available/.test(message))
    return documented("storage that the reader's cloud or network brings");
  if (
    /driver name .* not found in the list of registered CSI drivers|external-attacher of \S+ CSI driver/.test(message)
  )
    return documented("a CSI driver that the reader installs");
  return undefined;
}

function unscheduled({ message, pod }: Sight, evidence: Evidence): Verdict {
  const first = missing(message, evidence);
  if (first !== undefined) return first;
  if (/ResourceClaim not created yet/.test(message)) {
    const templates = evidence.folder.filter(({ object }) => object.kind === "ResourceClaimTemplate");
    if (!templates.some((template) => evidence.taken(template)))
      return documented("a claim's template of a version that this Kubernetes doesn't serve");
  }
  if (/SchedulingGated|scheduling gates/.test(message)) return { state: "reached", why: "gated, as it says" };
  if (
    /unbound immediate PersistentVolumeClaims|unbound PersistentVolumeClaims|persistent volumes? to bind/.test(message)
  )
    return unbound(pod, evidence);
  const extended = /Insufficient ([\w.-]+\/[\w./-]+|hugepages-\w+)/.exec(message);
  if (extended !== null) return documented(`machines with ${extended[1] ?? ""}`);
  if (/Insufficient (cpu|memory|ephemeral-storage)/.test(message))
    return tooBig(pod, evidence.nodes) ?? open(`it would fit an empty node: ${message}`);
  // The control plane's taint is always among the reasons.
  if (/topology spread|pod (anti-)?affinity/.test(message))
    return documented("more nodes, or the pods beside which it wants to be");
  if (/didn't match Pod's node affinity|untolerated taint/.test(message))
    return documented("a node with the label, name or taint that the reader gives it");
  return open(message);
}

/** A claim waits for a class or a volume that the folder doesn't have. */
function unbound(pod: Pod | undefined, { folder }: Evidence): Verdict {
  const names = (pod?.spec.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  );
  const claims = folder.filter(
    ({ object }) => object.kind === "PersistentVolumeClaim" && names.includes(String(object.metadata?.["name"])),
  );
  const templates = folder.flatMap(
    ({ object }) => (object as { spec?: { volumeClaimTemplates?: Claim[] } }).spec?.volumeClaimTemplates ?? [],
  );
  interface Spec {
    storageClassName?: string;
    selector?: object;
    volumeName?: string;
    dataSource?: object;
  }
  const specs = [...claims.map(({ object }) => withAnnotated(object)), ...templates.map(withAnnotated)] as Spec[];
  const inline = (pod?.spec.volumes ?? []).flatMap(({ ephemeral }) => ephemeral?.volumeClaimTemplate?.spec ?? []);
  const classes = new Map(
    folder.flatMap(({ object }) =>
      object.kind === "StorageClass" ? [[object.metadata?.["name"], String(object["provisioner"])]] : [],
    ),
  );
  for (const { storageClassName, selector, dataSource, volumeName } of [...specs, ...(inline as Spec[])]) {
    if (storageClassName === "") return documented("a volume that the reader makes");
    if (selector !== undefined) return documented("a volume with the labels that its claim selects");
    if (volumeName !== undefined)
      return documented("a volume of another class than its claim's, which is the cluster's default");
    if (dataSource !== undefined) return documented("a snapshot or claim that its claim is made from");
    if (storageClassName === undefined || storageClassName === "standard") continue;
    const provisioner = classes.get(storageClassName);
    if (provisioner === undefined) return documented("a storage class that its cluster brings");
    if (provisioner !== "rancher.io/local-path") return documented("a provisioner that its storage class names");
  }
  return open("its claim stays unbound");
}

interface Claim {
  metadata?: Record<string, unknown>;
  spec?: unknown;
}

/** The claim's specification; its class may stand in the annotation of older times. */
function withAnnotated({ metadata, spec }: Claim): object {
  const annotations = metadata?.["annotations"] as Record<string, string> | undefined;
  const storageClassName = annotations?.["volume.beta.kubernetes.io/storage-class"];
  return { ...(spec as object | undefined), ...(storageClassName !== undefined && { storageClassName }) };
}

function tooBig(pod: Pod | undefined, nodes: readonly Node[]): Verdict | undefined {
  const workers = nodes.filter(({ spec }) => !spec?.taints?.length);
  const asked = (resource: string): number =>
    (pod?.spec.containers ?? []).reduce((sum, { resources }) => sum + amount(resources?.requests?.[resource]), 0);
  for (const resource of ["cpu", "memory", "ephemeral-storage"]) {
    const most = Math.max(...workers.map(({ status }) => amount(status?.allocatable?.[resource])));
    if (asked(resource) > most / 2) return documented("bigger machines");
  }
  return undefined;
}

function amount(quantity: unknown): number {
  return quantity === undefined ? 0 : Number(scaledValue(parseQuantity(String(quantity)), -3));
}

function image({ message, container }: Sight): Verdict {
  const name = container?.image ?? "";
  const reference = parseImageName(name);
  if ("error" in reference) return documented("a placeholder instead of an image");
  for (const { why, repositories } of known.images) {
    const { repository, tag } = reference;
    const names = (each: string): boolean =>
      each === repository || each === `${repository}:${tag}` || (each.endsWith("/") && repository.startsWith(each));
    if (repositories.some(names)) return documented(`image: ${why}`);
  }
  if (reference.tag === "" && imageSource().find(reference.repository) !== undefined)
    return documented("an image that is named by its digest alone, which the catalogue has by its tags");
  return open(
    imageSource().find(reference.repository) === undefined
      ? `no image ${reference.repository}`
      : `no tag ${name}: ${message}`,
  );
}

/** What a program says that finds no way out of the playground. */
const INTERNET =
  /dl-cdn\.alpinelinux\.org|Unable to locate package|index files failed to download|Failed to establish a new connection|Could not resolve host: github\.com|pypi\.org/;

function ended({ message, pod, container, exitCode, log = "" }: Sight, evidence: Evidence): Verdict {
  if (exitCode === 0 && (pod?.spec.restartPolicy ?? "Always") === "Always") {
    const own = [...(container?.command ?? []), ...(container?.args ?? [])].length > 0;
    if (own) return documented("its command ends, and is started again for ever");
    const probed = container?.livenessProbe !== undefined || container?.startupProbe !== undefined;
    return documented(
      probed ? "its probe fails, and it is started again for ever" : "an image that ends without a command",
    );
  }
  if (INTERNET.test(log)) return documented("software from the internet");
  if (/\[emerg\] mkdir\(\) "\/var\/cache\/nginx\/\w+" failed \(13: Permission denied\)/.test(log))
    return documented("nginx as a user who may not make its folders, as in life");
  if (/Cloning into [^]*can't cd to/.test(log))
    return documented("files of a repository, of which the internet here has but a page");
  if (/unknown device\/address "OPENSSL"/.test(log)) return documented("TLS from socat");
  if (/unable to connect to github\.com/.test(log)) return documented("git's own protocol, which GitHub has given up");
  const absent = /exec: "?([^":]+)"?: (?:executable file not found|stat|no such file)/.exec(message)?.[1];
  if (absent !== undefined && (absent.startsWith("-") || known.noPrograms.includes(absent)))
    return documented("a program that its image has not");
  return missing(log, evidence) ?? unknownHost(log, evidence) ?? open(`${message}: ${log}`);
}

/** An init container waits for what the folder has not, or has nothing to end for. */
function initialising({ container, log = "" }: Sight, evidence: Evidence): Verdict {
  const words = [...(container?.command ?? []), ...(container?.args ?? [])].join(" ");
  if (words === "") return documented("an init container that never ends");
  const waitsFor = serviceNames(evidence).filter((name) => new RegExp(`\\b${name}\\b`).test(words));
  if (waitsFor.length > 0) return open(`it waits for ${waitsFor.join()}, which is there: ${log}`);
  return documented("an init container that waits for what the reader makes");
}

function serviceNames({ folder }: Evidence): string[] {
  return folder.flatMap(({ object }) => (object.kind === "Service" ? [String(object.metadata?.["name"])] : []));
}

/** A name that nobody in the folder has. */
function unknownHost(log: string, evidence: Evidence): Verdict | undefined {
  const found =
    /bad address '([^':/]+)|Could not resolve host: ([\w.-]+)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|host not found in upstream "([^":]+)|lookup ([\w.-]+)[^:]*: no such host|Unknown (?:\w+ )?[Hh]ost:? '?([\w.-]+)/.exec(
      log,
    );
  const host = found?.slice(1).find((group) => group !== undefined);
  if (host === undefined || serviceNames(evidence).includes(host.split(".")[0] ?? "")) return undefined;
  return documented("a server that its folder has not");
}

function notReady(sight: Sight, evidence: Evidence): Verdict {
  const { message, log = "", pod } = sight;
  if (pod?.spec.nodeName === undefined && pod !== undefined) {
    const { schedulerName = "default-scheduler" } = pod.spec;
    if (schedulerName !== "default-scheduler") return documented("a scheduler that the reader starts");
    return unbound(pod, evidence);
  }
  return (
    machine(message) ??
    missing(log, evidence) ??
    unknownHost(log, evidence) ??
    open(`${message}${log === "" ? "" : `: ${log}`}`)
  );
}
