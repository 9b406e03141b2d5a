/** Answers `drydock trace` and `drydock why`: requests followed through the playground's cluster, and pods explained. */
import { compareSeen } from "../engine/api/core/event-seen.ts";
import { events, ingresses, nodes, persistentVolumeClaims, pods, services } from "../engine/api/registry.ts";
import { SystemError } from "../engine/base/program.ts";
import type { HttpRequest } from "../engine/base/program.ts";
import { clusterFacts, traceRequest } from "../engine/cluster/trace-request.ts";
import type { TracedRequest } from "../engine/cluster/trace-request.ts";
import { claimTrouble } from "../engine/diagnose/claim-trouble.ts";
import type { Explanation } from "../engine/diagnose/explanation.ts";
import { explainIngress } from "../engine/diagnose/ingress-trouble.ts";
import { nodeTrouble } from "../engine/diagnose/node-trouble.ts";
import { explainPod } from "../engine/diagnose/pod.ts";
import { sentence } from "../engine/diagnose/sentences.ts";
import { explainServiceObject } from "../engine/diagnose/service.ts";
import { images, PendingIntent } from "../engine/index.ts";
import type { Cluster } from "../engine/index.ts";
import type { TraceRequest, WhyAnswer, WhyObjectRequest } from "../terminal/drydock-trace.ts";
import type { Playground } from "./playground.ts";

function clusterOf({ cluster }: Playground): Cluster {
  if (cluster === undefined) throw new SystemError("EINVAL", "there is no cluster");
  return cluster;
}

/** Sends a request and follows it. Throws `SystemError` when there is no such place. Answers how to give up. */
export function traceIn(
  playground: Playground,
  asked: { from: string; request: HttpRequest },
  done: (traced: TracedRequest) => void,
): () => void {
  const laptop = playground.laptopPort.direct;
  if (laptop === undefined) throw new SystemError("ENETUNREACH", "there is no cluster");
  return traceRequest(clusterOf(playground), { ...asked, laptop }, done);
}

export function answerTrace(playground: Playground, { from, request }: TraceRequest): PendingIntent {
  clusterOf(playground);
  let early: TracedRequest | undefined;
  let later: ((traced: TracedRequest) => void) | undefined;
  const giveUp = traceIn(playground, { from, request }, (traced) => {
    if (later === undefined) early = traced;
    else later(traced);
  });
  return new PendingIntent((done) => {
    if (early !== undefined) done(early);
    else later = done;
    return giveUp;
  });
}

export function answerWhy(playground: Playground, { kind, namespace, name }: WhyObjectRequest): WhyAnswer {
  const cluster = clusterOf(playground);
  const facts = clusterFacts(cluster);
  switch (kind) {
    case "pod":
      return whyPod(cluster, { namespace, name });
    case "service": {
      const service = facts.get(services, namespace, name) ?? missing(kind, namespace, name);
      const { type = "ClusterIP", externalName } = service.spec;
      return answered(
        explainServiceObject(service, facts),
        `of type ${type}${externalName === undefined ? "" : `, ${externalName}`}`,
      );
    }
    case "node": {
      const node = facts.get(nodes, "", name);
      if (node === undefined) throw new SystemError("EINVAL", `there is no node "${name}"`);
      const trouble = nodeTrouble(name, node, facts);
      return { state: trouble === undefined ? "Ready" : "NotReady", findings: trouble === undefined ? [] : [trouble] };
    }
    case "persistentvolumeclaim": {
      const claim = facts.get(persistentVolumeClaims, namespace, name) ?? missing(kind, namespace, name);
      const trouble = claimTrouble(claim, facts);
      const { phase = "Pending" } = claim.status;
      if (trouble !== undefined) return { state: phase, findings: [trouble] };
      return {
        state: phase === "Bound" ? `bound to ${claim.spec.volumeName ?? ""}` : "waiting for its first pod",
        findings: [],
      };
    }
    case "ingress": {
      const ingress = facts.get(ingresses, namespace, name) ?? missing(kind, namespace, name);
      const addresses = (ingress.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? "");
      return answered(
        explainIngress(ingress, facts),
        addresses.length === 0 ? "without an address yet" : `served at ${addresses.join(", ")}`,
      );
    }
  }
}

function missing(kind: string, namespace: string, name: string): never {
  throw new SystemError("EINVAL", `there is no ${kind} "${name}" in namespace "${namespace}"`);
}

function answered(found: Explanation | undefined, state: string): WhyAnswer {
  if (found === undefined) return { state, findings: [] };
  const { command } = found.mend ?? {};
  const finding = {
    cause: sentence(found.cause),
    change: sentence(found.change),
    ...(command !== undefined && { command }),
  };
  return { state, findings: [finding] };
}

function whyPod(cluster: Cluster, { namespace, name }: { namespace: string; name: string }): WhyAnswer {
  const facts = clusterFacts(cluster);
  const pod = facts.get(pods, namespace, name) ?? missing("pod", namespace, name);
  const about = facts
    .list(events, namespace)
    .filter(({ involvedObject }) => involvedObject.uid === pod.metadata.uid)
    .sort((a, b) => compareSeen(b, a))
    .map(({ reason = "", message = "" }) => ({ reason, message }));
  const why = explainPod(pod, { facts, decision: cluster.decision(namespace, name), events: about, tags: tagsOf });
  const placement = why.findings.length === 0 ? cluster.placement(namespace, name) : undefined;
  return placement?.node === undefined ? why : { ...why, placement: { ...placement, node: placement.node } };
}

/** Tags of a repository by the name that a pod gives it. */
function tagsOf(name: string): readonly string[] | undefined {
  const found = images.find(
    (image) => image.name === name || image.name === `docker.io/${name}` || image.name === `docker.io/library/${name}`,
  );
  return found === undefined ? undefined : Object.keys(found.tags);
}
