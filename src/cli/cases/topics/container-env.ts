/** A container's environment: services, literals, references, expansion. */
import type { ConfigMap, Container, Pod, Secret, Service } from "../../../engine/api/generated/types.ts";
import { encodeBase64 } from "../../../engine/base/base64.ts";
import { ConfigError, containerEnvironment } from "../../../engine/kubelet/environment.ts";
import { serviceEnvironment } from "../../../engine/kubelet/service-environment.ts";
import { defineTopic, expectEqual, type CaseFile, type DataCase, type Failure } from "../topic.ts";

interface EnvironmentCase extends DataCase {
  namespace: string;
  /** null: not set, which the source takes for an error. */
  enableServiceLinks: boolean | null;
  container: Container;
  services: "all" | "none";
  podIPs: string[];
  configMap?: ConfigMap;
  /** Its values are plain text. */
  secret?: Secret;
  expect?: Record<string, string>;
  error?: boolean;
}

interface EnvironmentFile extends CaseFile<EnvironmentCase> {
  services: Service[];
}

const RELAXED = "any key of a ConfigMap or Secret names a variable since 1.34";

export const containerEnv = defineTopic<EnvironmentCase, EnvironmentFile>({
  topic: "container_env",
  doesNotApply: {
    "TestMakeEnvironmentVariables#23": RELAXED,
    "TestMakeEnvironmentVariables#29": RELAXED,
  },
  run,
});

function run(item: EnvironmentCase, { services }: EnvironmentFile): Failure {
  const { namespace, enableServiceLinks, container } = item;
  const metadata = { name: "dapi-test-pod-name", namespace, uid: "", resourceVersion: "", creationTimestamp: "" };
  const spec = { containers: [container], serviceAccountName: "special", nodeName: "node-name" };
  const pod: Pod = { apiVersion: "v1", kind: "Pod", metadata, spec, status: {} };
  const seen = services.filter(
    (service) =>
      (service.metadata.namespace === "default" && service.metadata.name === "kubernetes") ||
      (enableServiceLinks === true && service.metadata.namespace === namespace),
  );
  const secret = item.secret === undefined ? undefined : { ...item.secret, data: encoded(item.secret.data) };
  try {
    const got = containerEnvironment(pod, container, {
      podIPs: [item.podIPs[0] ?? "1.2.3.4"],
      hostIPs: ["127.0.0.1"],
      allocatable: {},
      services: item.services === "none" ? {} : serviceEnvironment(seen),
      config: {
        claim: () => undefined,
        volume: () => undefined,
        configMap: () => item.configMap,
        secret: () => secret,
      },
    });
    return item.error === true ? { expected: "an error", got } : expectEqual(item.expect, got);
  } catch (error) {
    if (!(error instanceof ConfigError) || item.error !== true) throw error;
    return undefined;
  }
}

function encoded(data: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encodeBase64(text)]));
}
