/** The images of ingress-nginx: the controller, and the job that makes its webhook's certificate. */
import type { ValidatingWebhookConfiguration } from "../../api/generated/types.ts";
import { validatingWebhookConfigurations } from "../../api/admissionregistration/validating-webhook-configuration.ts";
import { secrets } from "../../api/core/secret.ts";
import { isAlreadyExists, isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { CertificateAuthority } from "../../base/x509/certificate.ts";
import { newPrivateKey, publicKeyOf } from "../../base/x509/keys.ts";
import type { Client } from "../../client/client.ts";
import type { ImageDefinition, ServerContext } from "../../runtime/containers/image.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { IngressController } from "./controller.ts";
import { readFlags } from "./read-flags.ts";

const CONTROLLER_TAGS =
  "v1.0.5 v1.1.1 v1.2.0 v1.3.0 v1.5.1 v1.7.0 v1.8.1 v1.9.4 v1.9.6 v1.10.0 v1.10.1 v1.11.2 v1.11.3 v1.12.0 v1.12.1 v1.13.0 v1.13.2 v1.14.0 v1.15.1";
const CERTGEN_TAGS =
  "v20230407 v20231011-8b53cabe0 v20231226-1a7112e06 v1.3.0 v1.4.0 v1.4.1 v1.4.3 v1.4.4 v1.5.0 v1.5.1 v1.5.2 v1.6.0 v1.6.1 v1.6.2 v1.6.4 v1.6.5 v1.6.9";
const CENTURY = 100 * 365 * 24 * 3600 * 1000;

/** `clientOf`: the API as the account of a container's pod. */
export function ingressImages(sim: Simulation, clientOf: (ctx: ServerContext) => Client): ImageDefinition[] {
  return [
    {
      name: "registry.k8s.io/ingress-nginx/controller",
      tags: sized(CONTROLLER_TAGS, 105_000_000),
      entrypoint: ["/usr/bin/dumb-init", "--"],
      cmd: ["/nginx-ingress-controller"],
      user: 101,
      exposedPorts: [80, 443],
      userland: "busybox",
      programs: () => ({
        "/usr/bin/dumb-init": {
          kind: "server",
          start: (ctx) => new IngressController(sim, ctx, clientOf(ctx)).start(),
        },
        "/wait-shutdown": {
          kind: "program",
          run: function* () {
            return 0;
          },
        },
      }),
    },
    {
      name: "registry.k8s.io/ingress-nginx/kube-webhook-certgen",
      tags: sized(CERTGEN_TAGS, 23_000_000),
      entrypoint: ["/kube-webhook-certgen"],
      user: 65_532,
      userland: "none",
      programs: () => ({ "/kube-webhook-certgen": { kind: "server", start: (ctx) => certgen(ctx, clientOf(ctx)) } }),
    },
  ];
}

function sized(tags: string, size: number): Record<string, { size: number }> {
  return Object.fromEntries(tags.split(" ").map((tag) => [tag, { size }]));
}

/** `create`: a secret with a certificate; `patch`: its authority goes into the webhook's configuration. */
function certgen(ctx: ServerContext, client: Client): void {
  const flags = readFlags(ctx.argv);
  const namespace = flags.get("namespace") ?? ctx.pod.namespace;
  const name = flags.get("secret-name") ?? "";
  const say = (text: string): void =>
    ctx.log(
      JSON.stringify({
        level: "info",
        msg: text,
        source: "cmd",
        time: new Date(ctx.now()).toISOString().slice(0, 19) + "Z",
      }),
      "stderr",
    );
  ctx.use({ cpuMillicores: 1, memoryBytes: 9 * 1024 * 1024 });
  try {
    if (ctx.argv.includes("create")) create(ctx, client, { namespace, name, hosts: flags.get("host") ?? "" });
    else if (
      !patch(client, {
        namespace,
        name,
        webhook: flags.get("webhook-name") ?? "",
        policy: flags.get("patch-failure-policy"),
      })
    ) {
      // The secret isn't there yet: kubelet starts it again.
      say(`no secret with '${name}' in '${namespace}'`);
      return ctx.exit(1);
    }
    say(ctx.argv.includes("create") ? "created new secret" : "Patched hook(s)");
    ctx.exit(0);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    say(error.message);
    ctx.exit(1);
  }
}

function create(ctx: ServerContext, client: Client, what: { namespace: string; name: string; hosts: string }): void {
  const { namespace, name } = what;
  const terms = { notBefore: ctx.now(), notAfter: ctx.now() + CENTURY };
  const authority = new CertificateAuthority([["O", "nil1"]], { secret: `${namespace}/${name}`, ...terms });
  const key = newPrivateKey(`${namespace}/${name}/key`);
  const alternativeNames = what.hosts.split(",").map((host) => `DNS:${host}`);
  const request = { subject: [["O", "nil2"]] as const, publicKey: publicKeyOf(key) ?? [], alternativeNames };
  const cert = authority.issue(request, { ...terms, purposes: ["serverAuth"] });
  const data = { ca: encodeBase64(authority.certificate), cert: encodeBase64(cert), key: encodeBase64(key) };
  try {
    client.resource(secrets).create({ metadata: { name, namespace }, type: "Opaque", data });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** False when there is no secret to take the authority from. */
function patch(
  client: Client,
  what: { namespace: string; name: string; webhook: string; policy: string | undefined },
): boolean {
  let ca: string;
  try {
    ca = client.resource(secrets).get(what.namespace, what.name).data?.["ca"] ?? "";
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
  const resource = client.resource(validatingWebhookConfigurations);
  const configuration: ValidatingWebhookConfiguration = resource.get("", what.webhook);
  resource.update({
    ...configuration,
    webhooks: (configuration.webhooks ?? []).map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle: ca },
      ...(what.policy !== undefined && { failurePolicy: what.policy }),
    })),
  });
  return true;
}
