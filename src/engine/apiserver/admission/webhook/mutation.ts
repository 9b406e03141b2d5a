/**
 * What mutating webhooks make of an object, and which of them are asked a second time. Upstream: apiserver
 * pkg/admission/plugin/webhook/mutating/dispatcher.go and reinvocationcontext.go.
 */
import type { MutatingWebhook } from "../../../api/generated/types.ts";
import { decode, DecodeError } from "../../../api/meta/decode.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { StatusError } from "../../../api/meta/status-error.ts";
import { applyPatch } from "../../../api/patch/apply-patch.ts";
import { decodeBase64 } from "../../../base/base64.ts";
import { deepEqual, parseJson } from "../../../base/json.ts";
import type { AdmissionRequest } from "../admission.ts";
import { failed, internal } from "./call-webhook.ts";
import type { ReviewResponse } from "./review.ts";

/** Of one request. A webhook is `<configuration>/<name>`. */
export class Invocations {
  /** 0 is the first round. */
  round = 0;
  /** Something was changed: everybody who changes objects gets another look. */
  again = false;
  /** Those with `IfNeeded` that were asked, and have seen all changes since. */
  private asked = new Set<string>();
  /** Those who have to be asked again. */
  private readonly due = new Set<string>();
  /** What the last round made. */
  private output: KubeObject | undefined;

  /** A round begins with an object, which others may have changed since the last one. */
  begin(object: KubeObject): void {
    if (this.again) this.round++;
    this.again = false;
    if (this.round > 0 && !deepEqual(object, this.output)) this.changed();
  }

  end(object: KubeObject): void {
    this.output = object;
  }

  /** In a later round nobody is asked for the first time. */
  isDue(webhook: string): boolean {
    return this.round === 0 || this.due.has(webhook);
  }

  /** After a webhook was asked. */
  note(webhook: string, { changed, reinvocable }: { changed: boolean; reinvocable: boolean }): void {
    if (changed) {
      this.changed();
      // There are two rounds at most.
      this.again = this.round === 0;
    }
    if (reinvocable) this.asked.add(webhook);
  }

  private changed(): void {
    for (const webhook of this.asked) this.due.add(webhook);
    this.asked = new Set();
  }
}

/** undefined: it is no list. */
function operationsIn(patch: string): readonly unknown[] | undefined {
  try {
    const read = parseJson(decodeBase64(patch));
    return Array.isArray(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

/** The object with the patch of an answer applied; undefined when there is nothing to apply. */
export function patchedBy(
  webhook: MutatingWebhook,
  { patch, patchType = "JSONPatch" }: ReviewResponse,
  { object, attributes }: { object: KubeObject | undefined; attributes: AdmissionRequest },
): KubeObject | undefined {
  if (patch === undefined || patch === "") return undefined;
  const operations = operationsIn(patch);
  if (operations === undefined) {
    failed(
      webhook,
      "received undecodable patch in webhook response: json: cannot unmarshal into Go value of type jsonpatch.Patch",
    );
    return undefined;
  }
  if (operations.length === 0) return undefined;
  if (object === undefined) {
    const tried = `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object`;
    throw internal(`${tried}, which is not supported for this operation`);
  }
  if (patchType !== "JSONPatch") {
    failed(webhook, `unsupported patch type ${JSON.stringify(patchType)}`);
    return undefined;
  }
  const { resource } = attributes.request;
  try {
    const result = applyPatch("json", resource.structure, { original: object, patch: operations });
    const { object: read } = decode<KubeObject>(resource, result);
    return resource.defaults?.(read) ?? read;
  } catch (error) {
    if (error instanceof StatusError || error instanceof DecodeError) throw internal(error.message);
    throw error;
  }
}
