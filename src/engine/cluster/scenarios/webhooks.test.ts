import { describe, expect, it } from "vitest";
import {
  configMaps,
  deployments,
  mutatingWebhookConfigurations,
  pods,
  secrets,
  services,
  validatingWebhookConfigurations,
} from "../../api/registry.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { CertificateAuthority } from "../../base/x509/certificate.ts";
import { newPrivateKey, publicKeyOf } from "../../base/x509/keys.ts";
import { TestCluster } from "../testing/test-cluster.ts";

const TIMES = { notBefore: 0, notAfter: Date.UTC(2030, 0, 1) };
const LABELS = { app: "hook" };

function authority(name: string): CertificateAuthority {
  return new CertificateAuthority([["CN", name]], { secret: name, ...TIMES });
}

function certificateOf(issuer: CertificateAuthority, key: string, host: string): string {
  const subject = [["CN", "hook"]] as const;
  const request = { subject, publicKey: publicKeyOf(key) ?? [], alternativeNames: [`DNS:${host}`] };
  return issuer.issue(request, { ...TIMES, purposes: ["serverAuth"] });
}

describe("webhooks that pods answer", () => {
  const cluster = new TestCluster({ preset: "minikube" });
  const booted = cluster.boot();
  const { client } = cluster;
  const trusted = authority("trusted");
  const key = newPrivateKey("hook");

  function hook(path: string, rest: object = {}, resource = "configmaps") {
    return {
      name: `${path.slice(1)}.example.com`,
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: [resource] }],
      clientConfig: {
        service: { name: "hook", namespace: "default", path },
        caBundle: encodeBase64(trusted.certificate),
      },
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } },
      ...rest,
    };
  }

  function mutate(...webhooks: object[]): void {
    const all = client.resource(mutatingWebhookConfigurations);
    const name = "changes";
    if (cluster.list(mutatingWebhookConfigurations, "").length > 0) all.delete("", name);
    all.create({ metadata: { name }, webhooks } as never);
  }

  function message(name: string, rest: object = { data: { "mutation-start": "yes" } }): string {
    try {
      client.resource(configMaps).create({ metadata: { name, namespace: "default" }, ...rest });
      return "";
    } catch (error) {
      if (error instanceof StatusError) return error.message;
      throw error;
    }
  }

  const failed = (path: string, why: string): string =>
    `Internal error occurred: failed calling webhook "${path.slice(1)}.example.com": failed to call webhook: Post "https://hook.default.svc:443${path}?timeout=10s": ${why}`;

  it("change objects, once their service has an endpoint", () => {
    expect(booted).toBe(true);
    client.resource(secrets).create({
      metadata: { name: "hook", namespace: "default" },
      type: "kubernetes.io/tls",
      data: {
        "tls.crt": encodeBase64(certificateOf(trusted, key, "hook.default.svc")),
        "tls.key": encodeBase64(key),
      },
    });
    client.resource(services).create({
      metadata: { name: "hook", namespace: "default" },
      spec: { selector: LABELS, ports: [{ port: 443, targetPort: 8443 }] },
    });
    client.resource(deployments).create({
      metadata: { name: "hook", namespace: "default" },
      spec: {
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            containers: [
              {
                name: "hook",
                image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
                args: [
                  "webhook",
                  "--tls-cert-file=/certs/tls.crt",
                  "--tls-private-key-file=/certs/tls.key",
                  "--port=8443",
                  "--sidecar-image=registry.k8s.io/pause:3.10",
                ],
                readinessProbe: { httpGet: { scheme: "HTTPS", path: "/readyz", port: 8443 }, periodSeconds: 1 },
                volumeMounts: [{ name: "certs", mountPath: "/certs", readOnly: true }],
              },
            ],
            volumes: [{ name: "certs", secret: { secretName: "hook" } }],
          },
        },
      },
    });
    mutate(hook("/mutating-configmaps", { reinvocationPolicy: "IfNeeded" }), hook("/add-label"));
    cluster.run(1500);
    expect(message("early")).toMatch(/connect: connection refused$/);
    expect(cluster.runUntil(() => cluster.get(deployments, "hook").status?.readyReplicas === 1, 60_000)).toBe(true);
    cluster.run(2000);
    expect(message("changed")).toBe("");
    const { data, metadata } = cluster.get(configMaps, "changed");
    expect([data, metadata.labels]).toEqual([
      { "mutation-start": "yes", "mutation-stage-1": "yes", "mutation-stage-2": "yes" },
      { "added-label": "yes" },
    ]);
  });

  it("refuse, never answer, aren't there, aren't trusted", () => {
    mutate(hook("/always-deny"));
    expect(message("no")).toBe(
      'admission webhook "always-deny.example.com" denied the request: this webhook denies all requests',
    );
    mutate(hook("/always-allow-delay-5s", { timeoutSeconds: 1 }));
    expect(message("late")).toBe(failed("/always-allow-delay-5s", "context deadline exceeded").replace("=10s", "=1s"));
    mutate(hook("/nothing"));
    expect(message("nothing")).toBe(
      'Internal error occurred: failed calling webhook "nothing.example.com": failed to call webhook: the server could not find the requested resource',
    );
    const clientConfig = { service: { name: "hook", namespace: "default", path: "/add-label" } };
    mutate(
      hook("/add-label", { clientConfig: { ...clientConfig, caBundle: encodeBase64(authority("b").certificate) } }),
    );
    expect(message("stranger")).toBe(
      failed("/add-label", "tls: failed to verify certificate: x509: certificate signed by unknown authority"),
    );
    mutate(hook("/add-label", { clientConfig, failurePolicy: "Ignore" }));
    expect(message("ignored")).toBe("");
    expect(cluster.get(configMaps, "ignored").metadata.labels).toBeUndefined();
  });

  it("give pods another container before the validating ones see them", () => {
    mutate(hook("/mutating-pods-sidecar", {}, "pods"));
    const webhooks = [hook("/pods", {}, "pods")];
    client.resource(validatingWebhookConfigurations).create({ metadata: { name: "checks" }, webhooks } as never);
    const create = (name: string) =>
      client.resource(pods).create({
        metadata: { name: "two", namespace: "default" },
        spec: { containers: [{ name, image: "registry.k8s.io/pause:3.10" }] },
      });
    expect(() => create("webhook-disallow")).toThrow(
      'admission webhook "pods.example.com" denied the request: the pod contains unwanted container name; ',
    );
    create("main");
    expect(cluster.runUntil(() => cluster.get(pods, "two").status.phase === "Running", 30_000)).toBe(true);
    expect(cluster.get(pods, "two").status.containerStatuses?.map(({ name }) => name)).toEqual([
      "main",
      "webhook-added-sidecar",
    ]);
  });
});
