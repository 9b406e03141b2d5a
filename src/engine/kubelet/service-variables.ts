/**
 * Service variables by namespace, made once until a service changes. Upstream: kubelet_pods.go, getServiceEnvVarMap.
 */
import type { Pod, Service } from "../api/generated/types.ts";
import type { Informer } from "../client/informer.ts";
import { serviceEnvironment } from "./service-environment.ts";

const MASTER_NAMESPACE = "default";
const MASTER_SERVICES: ReadonlySet<string> = new Set(["kubernetes"]);

export class ServiceVariables {
  private readonly informer: Informer<Service>;
  private readonly cache = new Map<string, Readonly<Record<string, string>>>();

  constructor(informer: Informer<Service>) {
    this.informer = informer;
    const clear = (): void => this.cache.clear();
    informer.addHandler({ onAdd: clear, onUpdate: clear, onDelete: clear });
  }

  /** Those of the pod's namespace, unless it doesn't want them, and always those of the API server. */
  forPod(pod: Pod): Readonly<Record<string, string>> {
    const key = pod.spec.enableServiceLinks === false ? "" : pod.metadata.namespace;
    let variables = this.cache.get(key);
    if (variables === undefined) {
      variables = this.make(key);
      this.cache.set(key, variables);
    }
    return variables;
  }

  private make(namespace: string): Record<string, string> {
    const { lister } = this.informer;
    const master = lister
      .byIndex("namespace", MASTER_NAMESPACE)
      .filter(({ metadata }) => MASTER_SERVICES.has(metadata.name));
    const own = namespace === "" ? [] : lister.byIndex("namespace", namespace);
    return serviceEnvironment([...master, ...own]);
  }
}
