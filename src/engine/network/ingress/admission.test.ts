import { describe, expect, it } from "vitest";
import type { Ingress } from "../../api/generated/types.ts";
import { checkIngress } from "./admission.ts";
import { readControllerSettings } from "./controller-settings.ts";

function ingress(name: string, annotations: Record<string, string> = {}, path = "/", pathType = "Prefix"): Ingress {
  const own = Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]);
  const paths = [{ path, pathType, backend: { service: { name: "web", port: { number: 80 } } } }];
  const object: unknown = {
    metadata: { name, namespace: "default", annotations: Object.fromEntries(own) },
    spec: { rules: [{ host: "web.example", http: { paths } }] },
  };
  return object as Ingress;
}

const check = (object: Ingress, data: Record<string, string> = {}, others: Ingress[] = []): string | undefined =>
  checkIngress(object, { settings: readControllerSettings(data), others });

describe("the webhook of ingress-nginx", () => {
  it("takes no snippets, unless it is told to take them and their risk", () => {
    const snippet = ingress("a", { "configuration-snippet": "return 200;" });
    expect(check(snippet)).toBe(
      "nginx.ingress.kubernetes.io/configuration-snippet annotation cannot be used. Snippet directives are disabled by the Ingress administrator",
    );
    expect(check(snippet, { "allow-snippet-annotations": "true" })).toBe(
      "annotation group ConfigurationSnippet contains risky annotation based on ingress configuration",
    );
    const allowed = { "allow-snippet-annotations": "true", "annotations-risk-level": "Critical" };
    expect(check(snippet, allowed)).toBeUndefined();
    expect(check(snippet, { ...allowed, "annotation-value-word-blocklist": "load_module, return" })).toBe(
      "nginx.ingress.kubernetes.io/configuration-snippet annotation contains invalid word return",
    );
  });

  it("takes patterns in paths of type ImplementationSpecific alone", () => {
    expect(check(ingress("a", {}, "/api(/|$)(.*)", "Exact"))).toBe(
      "ingress contains invalid paths: path /api(/|$)(.*) cannot be used with pathType Exact",
    );
    expect(check(ingress("a", {}, "/api(/|$)(.*)", "ImplementationSpecific"))).toBeUndefined();
    expect(check(ingress("a", {}, "/api(/|$)(.*)"), { "strict-validate-path-type": "false" })).toBeUndefined();
  });

  it("takes no values that nginx would not understand", () => {
    const wrong = {
      "ssl-redirect": "yes",
      "proxy-body-size": "8 megabytes",
      "whitelist-source-range": "10.0.0.0/8, home",
      "rewrite-target": "/$1; return",
      "backend-protocol": "SPDY",
      "limit-rps": "many",
    };
    for (const [key, value] of Object.entries(wrong)) {
      expect(check(ingress("a", { [key]: value }))).toBe(
        `annotation nginx.ingress.kubernetes.io/${key} contains invalid value`,
      );
    }
    const right = { "proxy-body-size": "8m", "rewrite-target": "/$2", "backend-protocol": "GRPC", "limit-rps": "5" };
    expect(check(ingress("a", right))).toBeUndefined();
  });

  it("takes a host and path once, but for a canary's, and lets an Ingress be changed", () => {
    const others = [ingress("first")];
    const taken = 'host "web.example" and path "/" is already defined in ingress default/first';
    expect(check(ingress("second"), {}, others)).toBe(taken);
    expect(check(ingress("first", { "ssl-redirect": "false" }), {}, others)).toBeUndefined();
    expect(check(ingress("second", { canary: "true" }), {}, others)).toBeUndefined();
    const both = [...others, ingress("second", { canary: "true" })];
    expect(check(ingress("third", { canary: "true" }), {}, both)).toBe(
      'host "web.example" and path "/" is already defined in ingress default/second',
    );
  });
});
