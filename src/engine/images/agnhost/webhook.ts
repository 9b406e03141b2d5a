/**
 * agnhost's `webhook`: a server of admission reviews, each path with a rule of its own. Upstream: test/images/agnhost/webhook.
 * **Simplified:** `/custom-resource`, `/mutating-custom-resource` and `/crdconvert` are absent.
 */
import { encodeBase64 } from "../../base/base64.ts";
import { isObject, parseJson } from "../../base/json.ts";
import { SystemError } from "../../base/program.ts";
import { overTls } from "../../runtime/network-port.ts";
import type { ServedResponse } from "../../runtime/network-port.ts";
import type { ServerContext } from "../define-image.ts";

interface Reviewed {
  metadata?: { name?: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  spec?: { containers?: { name?: string }[]; initContainers?: unknown[] };
}

interface Asked {
  uid?: string;
  name?: string;
  resource?: { resource?: string };
  object?: Reviewed | null;
  oldObject?: Reviewed | null;
}

interface Verdict {
  allowed: boolean;
  message?: string;
  /** A JSON patch. */
  patch?: readonly object[];
  /** No answer ever comes. */
  hangs?: true;
}

const ALLOWED: Verdict = { allowed: true };
const KEY = "webhook-e2e-test";
const UNWANTED = "webhook-disallow";

const RULES: Readonly<Record<string, (asked: Asked, sidecar: string) => Verdict>> = {
  "/always-allow-delay-5s": () => ALLOWED,
  "/always-deny": () => ({ allowed: false, message: "this webhook denies all requests" }),
  "/add-label": ({ object }) => {
    const labels = object?.metadata?.labels;
    const value = "yes";
    if (labels === undefined) {
      return { ...ALLOWED, patch: [{ op: "add", path: "/metadata/labels", value: { "added-label": value } }] };
    }
    if (labels["added-label"] === value) return ALLOWED;
    const op = labels["added-label"] === undefined ? "add" : "replace";
    return { ...ALLOWED, patch: [{ op, path: "/metadata/labels/added-label", value }] };
  },
  "/pods": ({ object }) => {
    const label = object?.metadata?.labels?.[KEY];
    if (label === "wait-forever") return { allowed: false, hangs: true };
    let message = label === UNWANTED ? "the pod contains unwanted label; " : "";
    const isUnwanted = (object?.spec?.containers ?? []).some(({ name = "" }) => name.includes(UNWANTED));
    if (isUnwanted) message += "the pod contains unwanted container name; ";
    return message === "" ? ALLOWED : { allowed: false, message };
  },
  "/pods/attach": ({ name }) =>
    name === "to-be-attached-pod"
      ? { allowed: false, message: "attaching to pod 'to-be-attached-pod' is not allowed" }
      : ALLOWED,
  "/mutating-pods": ({ object }) => {
    if (object?.metadata?.name !== "webhook-to-be-mutated") return ALLOWED;
    const value = [{ image: "webhook-added-image", name: "webhook-added-init-container", resources: {} }];
    return { ...ALLOWED, patch: [{ op: "add", path: "/spec/initContainers", value }] };
  },
  "/mutating-pods-sidecar": (_asked, image) => {
    const value = { image, name: "webhook-added-sidecar", resources: {} };
    return { ...ALLOWED, patch: [{ op: "add", path: "/spec/containers/-", value }] };
  },
  "/configmaps": ({ object, oldObject }) => {
    const isUnwanted = [object, oldObject].some((each) => each?.data?.[KEY] === UNWANTED);
    return isUnwanted && object !== null && object !== undefined
      ? { allowed: false, message: "the configmap contains unwanted key and value" }
      : ALLOWED;
  },
  "/mutating-configmaps": ({ object }) => {
    const patch = [
      ["mutation-start", "mutation-stage-1"],
      ["mutation-stage-1", "mutation-stage-2"],
    ].flatMap(([from = "", to]) =>
      object?.data?.[from] === "yes" ? [{ op: "add", path: `/data/${to}`, value: "yes" }] : [],
    );
    return patch.length === 0 ? ALLOWED : { ...ALLOWED, patch };
  },
};

export function webhook(ctx: ServerContext, flags: ReadonlyMap<string, string>): void {
  const files = ["tls-cert-file", "tls-private-key-file"].map((name) => flags.get(name) ?? "");
  const [certificate = ""] = files.map((path) => {
    try {
      return ctx.fs.readFile(path);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      ctx.log(`F config.go:42] open ${path}: no such file or directory`, "stderr");
      ctx.exit(255);
      return "";
    }
  });
  if (certificate === "") return;
  const port = Number(flags.get("port") ?? 443);
  const serve = overTls(({ path, body }) => {
    if (path === "/readyz") return { status: 200, body: "ok", certificate };
    const rule = RULES[path];
    if (rule === undefined) return { status: 404, body: "404 page not found\n", certificate };
    const response = answer(body, (asked) => rule(asked, flags.get("sidecar-image") ?? ""));
    return { ...response, certificate, ...(path.endsWith("-delay-5s") && { delayMs: 5000 }) };
  });
  ctx.listen(port, serve);
}

function answer(body: string, judge: (asked: Asked) => Verdict): ServedResponse {
  const review = parseJson(body);
  const asked = isObject(review) ? (review["request"] as Asked | undefined) : undefined;
  if (!isObject(review) || asked === undefined) return { status: 400, body: "Request could not be decoded\n" };
  const { allowed, message, patch, hangs } = judge(asked);
  const response = {
    uid: asked.uid ?? "",
    allowed,
    ...(message !== undefined && { status: { metadata: {}, message } }),
    ...(patch !== undefined && { patch: encodeBase64(JSON.stringify(patch)), patchType: "JSONPatch" }),
  };
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "AdmissionReview", apiVersion: review["apiVersion"], response }),
    ...(hangs === true && { hangs }),
  };
}
