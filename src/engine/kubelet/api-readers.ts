/** What a kubelet asks the API server for on behalf of its pods. Upstream: pkg/kubelet/{configmap,secret,token}. */
import { configMaps } from "../api/core/config-map.ts";
import { persistentVolumeClaims } from "../api/core/persistent-volume-claim/index.ts";
import { persistentVolumes } from "../api/core/persistent-volume/index.ts";
import { secrets } from "../api/core/secret.ts";
import { serviceAccounts } from "../api/core/service-account.ts";
import { runtimeClasses } from "../api/node/runtime-class.ts";
import type { AuthenticationTokenRequest } from "../api/generated/types.ts";
import { StatusError, isNotFound } from "../api/meta/status-error.ts";
import type { Client } from "../client/client.ts";
import { VolumeError } from "../storage/volume-plugin.ts";
import type { ConfigReader } from "../storage/volume-plugin.ts";
import { ConfigError } from "./environment.ts";
import type { KubeletContext } from "./kubelet-context.ts";

/** The runtime handler of a pod's class: "" where it names none. Throws a ConfigError. */
export function runtimeHandler(client: Client, className = ""): string {
  if (className === "") return "";
  try {
    return client.resource(runtimeClasses).get("", className).handler;
  } catch (error) {
    if (isNotFound(error)) throw new ConfigError(`runtimeclass.node.k8s.io ${JSON.stringify(className)} not found`);
    if (!(error instanceof StatusError)) throw error;
    throw new ConfigError(`failed to lookup RuntimeClass ${className}: ${error.message}`);
  }
}

export function configReader(client: Client): ConfigReader {
  const read = <T>(kind: string, get: () => T): T | undefined => {
    try {
      return get();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!(error instanceof StatusError)) throw error;
      throw new ConfigError(`failed to sync ${kind} cache: timed out waiting for the condition`);
    }
  };
  return {
    configMap: (namespace, name) => read("configmap", () => client.resource(configMaps).get(namespace, name)),
    claim: (namespace, name) =>
      read("persistentvolumeclaim", () => client.resource(persistentVolumeClaims).get(namespace, name)),
    volume: (name) => read("persistentvolume", () => client.resource(persistentVolumes).get("", name)),
    secret: (namespace, name) => read("secret", () => client.resource(secrets).get(namespace, name)),
  };
}

/** Asks for a token of the pod's account that ends with the pod. */
export function tokenRequester(client: Client): KubeletContext["requestToken"] {
  return (pod, { audience, expirationSeconds }) => {
    const { name, namespace, uid } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? "default";
    const spec = {
      ...(audience !== undefined && { audiences: [audience] }),
      ...(expirationSeconds !== undefined && { expirationSeconds }),
      boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
    };
    try {
      const target = { namespace, name: account, subresource: "token" };
      const answer = client.post(serviceAccounts, target, { metadata: {}, spec }) as AuthenticationTokenRequest;
      return answer.status.token ?? "";
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new VolumeError(`failed to fetch token: ${error.message}`);
    }
  };
}
