/**
 * Asks somebody outside whether a pod's images may run. Upstream: plugin/pkg/admission/imagepolicy/admission.go.
 * Simplified: a failed call isn't tried again at once, as upstream does a few times.
 */
import type { Pod } from "../../../api/generated/types.ts";
import { forbidden } from "../../../api/meta/status-error.ts";
import { isObject } from "../../../base/json.ts";
import { SECOND } from "../../../base/time.ts";
import type { ServerContext } from "../../server-context.ts";
import { annotate } from "../admission.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import type { ImagePolicySettings } from "./settings.ts";

const TIMEOUT = 30;
const FAILED_OPEN = "imagepolicywebhook.image-policy.k8s.io/failed-open";

interface Verdict {
  readonly allowed: boolean;
  readonly reason: string;
  readonly until: number;
}

/** Answers by what was asked: they are remembered for as long as the settings say. */
const answers = new WeakMap<ImagePolicySettings, Map<string, Verdict>>();

export const imagePolicyWebhook: AdmissionPlugin = {
  name: "ImagePolicyWebhook",
  resources: ["pods"],
  validate(object, attributes) {
    const { operation, request, context, name } = attributes;
    const settings = context.settings.imagePolicy;
    const isPod = request.subresource === "" || request.subresource === "ephemeralcontainers";
    if (settings === undefined || object === undefined || operation === "delete" || !isPod) return;
    const spec = reviewed(object as Pod, attributes);
    const verdict = verdictOn(spec, settings, context);
    if ("failure" in verdict) {
      if (!settings.defaultAllow) throw forbidden(request.resource, name, verdict.failure);
      annotate(attributes, FAILED_OPEN, "true");
      return;
    }
    if (verdict.allowed) return;
    const why =
      verdict.reason === ""
        ? "one or more images rejected by webhook backend"
        : `image policy webhook backend denied one or more images: ${verdict.reason}`;
    throw forbidden(request.resource, name, why);
  },
};

function reviewed({ metadata, spec }: Pod, { request }: AdmissionRequest): object {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) =>
    key.includes(".image-policy.k8s.io/"),
  );
  const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  return {
    containers: all.map(({ image }) => ({ image })),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    namespace: request.namespace,
  };
}

function verdictOn(
  spec: object,
  settings: ImagePolicySettings,
  { sim, callWebhook }: ServerContext,
): Verdict | { failure: string } {
  let known = answers.get(settings);
  if (known === undefined) answers.set(settings, (known = new Map()));
  const key = JSON.stringify(spec);
  const before = known.get(key);
  if (before !== undefined && before.until > sim.now) return before;
  const { server, authorities } = settings;
  const url = `${server}${/^https?:\/\/[^/]*$/.test(server) ? "/" : ""}?timeout=${TIMEOUT}s`;
  const host = /^https?:\/\/([^/:]*)/.exec(server)?.[1] ?? "";
  const body = { kind: "ImageReview", apiVersion: "imagepolicy.k8s.io/v1alpha1", metadata: {}, spec };
  const outcome = callWebhook()?.({ url, body, timeoutMs: TIMEOUT * SECOND, host, authorities }) ?? {
    failure: "dial tcp: connect: network is unreachable",
  };
  if ("failure" in outcome) {
    return { failure: outcome.answered === true ? outcome.failure : `Post ${JSON.stringify(url)}: ${outcome.failure}` };
  }
  const answer = isObject(outcome.answer) ? outcome.answer["status"] : undefined;
  const status = isObject(answer) ? answer : {};
  const allowed = status["allowed"] === true;
  const until = sim.now + (allowed ? settings.allowTtl : settings.denyTtl);
  const verdict = { allowed, reason: String(status["reason"] ?? ""), until };
  known.set(key, verdict);
  return verdict;
}
