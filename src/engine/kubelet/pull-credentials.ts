/**
 * What a pod's pull secrets say of a registry. Upstream: pkg/credentialprovider/{config,keyring}.go,
 * pkg/kubelet/kubelet_pods.go (getPullSecretsForPod).
 *
 * **Simplified:** a key counts for its registry's host alone, whatever path or wildcard it has.
 */
import type { Pod, Secret } from "../api/generated/types.ts";
import { decodeBase64 } from "../base/base64.ts";
import { isObject } from "../base/json.ts";
import type { RegistryLogin } from "../runtime/containers/image-store.ts";
import type { KubeletContext } from "./kubelet-context.ts";

/** Docker Hub's names for itself. */
const HUB: ReadonlySet<string> = new Set(["index.docker.io", "registry-1.docker.io", "docker.io"]);

/** The logins for a registry that the pod's secrets have; tells of secrets that are missing. */
export function pullCredentials(ctx: KubeletContext, pod: Pod, registry: string): RegistryLogin[] {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) =>
    name === undefined || name === "" ? [] : [name],
  );
  if (names.length === 0) return [];
  const missing: string[] = [];
  const logins: RegistryLogin[] = [];
  for (const name of names) {
    const secret = ctx.config.secret(pod.metadata.namespace, name);
    if (secret === undefined) missing.push(name);
    else
      logins.push(...loginsOf(secret).flatMap(({ host, ...login }) => (sameRegistry(host, registry) ? [login] : [])));
  }
  if (missing.length > 0) {
    ctx.events.event(pod, "Warning", {
      reason: "FailedToRetrieveImagePullSecret",
      message: `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`,
    });
  }
  return logins;
}

function loginsOf({ type, data = {} }: Secret): (RegistryLogin & { host: string })[] {
  const isConfig = type === "kubernetes.io/dockerconfigjson";
  const text = data[isConfig ? ".dockerconfigjson" : ".dockercfg"];
  if (text === undefined) return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeBase64(text));
  } catch {
    return [];
  }
  const entries = isConfig && isObject(parsed) ? parsed["auths"] : parsed;
  if (!isObject(entries)) return [];
  return Object.entries(entries).flatMap(([key, entry]) => {
    const login = isObject(entry) ? loginOf(entry) : undefined;
    return login === undefined ? [] : [{ host: hostOf(key), ...login }];
  });
}

/** `auth` is `username:password` in base64, and comes first. */
function loginOf(entry: Record<string, unknown>): RegistryLogin | undefined {
  const { auth, username, password } = entry;
  if (typeof auth === "string" && auth !== "") {
    const [user = "", ...rest] = decodeBase64(auth).split(":");
    return { username: user, password: rest.join(":") };
  }
  return typeof username === "string" && typeof password === "string" ? { username, password } : undefined;
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").split("/")[0] as string;
}

function sameRegistry(host: string, registry: string): boolean {
  return host === registry || (HUB.has(host) && HUB.has(registry));
}
