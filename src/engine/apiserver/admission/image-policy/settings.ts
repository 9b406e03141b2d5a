/** Whom ImagePolicyWebhook asks. Upstream: plugin/pkg/admission/imagepolicy/config.go. */
import { decodeBase64 } from "../../../base/base64.ts";
import { isObject } from "../../../base/json.ts";
import { MINUTE, SECOND } from "../../../base/time.ts";
import { readYaml } from "../../../base/yaml-text.ts";

export interface ImagePolicySettings {
  readonly server: string;
  /** Whose certificates are trusted, PEM. */
  readonly authorities: string;
  /** Whether images are let in while nobody answers. */
  readonly defaultAllow: boolean;
  /** How long answers are remembered, in milliseconds. */
  readonly allowTtl: number;
  readonly denyTtl: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** The settings, or what is wrong with them. */
export function imagePolicySettings(
  configuration: Fields,
  read: (path: string) => string | undefined,
): { imagePolicy: ImagePolicySettings } | string {
  const policy = isObject(configuration["imagePolicy"]) ? configuration["imagePolicy"] : {};
  const path = typeof policy["kubeConfigFile"] === "string" ? policy["kubeConfigFile"] : "";
  const text = read(path);
  if (text === undefined)
    return path === "" ? "invalid configuration: no configuration has been provided" : missing(path);
  const kubeconfig = readYaml(text);
  if ("problem" in kubeconfig) return `error loading config file ${JSON.stringify(path)}: ${kubeconfig.problem}`;
  const cluster = clusterOf(isObject(kubeconfig.value) ? kubeconfig.value : {});
  const server = cluster["server"];
  if (typeof server !== "string" || server === "") {
    return "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable";
  }
  const file = cluster["certificate-authority"];
  const authorities =
    typeof file === "string" ? read(file) : decodeBase64(String(cluster["certificate-authority-data"] ?? ""));
  if (authorities === undefined) {
    return `invalid configuration: unable to read certificate-authority ${String(file)} due to ${missing(String(file))}`;
  }
  const seconds = (name: string, otherwise: number): number =>
    typeof policy[name] === "number" && policy[name] !== 0 ? policy[name] * SECOND : otherwise;
  return {
    imagePolicy: {
      server,
      authorities,
      defaultAllow: policy["defaultAllow"] === true,
      allowTtl: seconds("allowTTL", 5 * MINUTE),
      denyTtl: seconds("denyTTL", 30 * SECOND),
    },
  };
}

function missing(path: string): string {
  return `open ${path}: no such file or directory`;
}

/** The one of the current context, or the only one. */
function clusterOf(kubeconfig: Fields): Fields {
  const named = (list: string, name: unknown): Fields | undefined => {
    const entries = Array.isArray(kubeconfig[list]) ? kubeconfig[list].filter(isObject) : [];
    return entries.find((each) => each["name"] === name);
  };
  const context = named("contexts", kubeconfig["current-context"])?.["context"];
  const cluster = named("clusters", isObject(context) ? context["cluster"] : undefined)?.["cluster"];
  return isObject(cluster) ? cluster : {};
}
