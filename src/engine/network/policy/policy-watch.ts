/**
 * Keeps policies in step with NetworkPolicies, and with the pods and namespaces that they speak of. Those two are listed
 * and watched only from the first policy on: a cluster without policies pays nothing.
 */
import type { NetworkPolicy, Pod } from "../../api/generated/types.ts";
import { namespaces } from "../../api/core/namespace.ts";
import { pods } from "../../api/core/pod/index.ts";
import { keyOf } from "../../api/meta/object.ts";
import type { Labels } from "../../api/meta/selectors.ts";
import { networkPolicies } from "../../api/networking/network-policy.ts";
import type { Informers } from "../../client/contracts.ts";
import { Policies } from "./policies.ts";

export function watchPolicies(informers: Informers): Policies {
  let following = false;
  const policies = new Policies({
    pod: (key) => (following ? informers.informer(pods).lister.get(key) : undefined),
    namespaceLabels: (name) =>
      following ? informers.informer(namespaces).lister.get(name)?.metadata.labels : undefined,
  });
  const follow = (): void => {
    if (following) return;
    following = true;
    informers.informer(pods).addHandler({
      onUpdate(pod, old) {
        if (!sameLabels(pod.metadata.labels, old.metadata.labels) || pod.metadata.uid !== old.metadata.uid)
          policies.changed();
      },
    });
    informers.informer(namespaces).addHandler({
      onAdd: () => policies.changed(),
      onUpdate(namespace, old) {
        if (!sameLabels(namespace.metadata.labels, old.metadata.labels)) policies.changed();
      },
    });
  };
  const set = (policy: NetworkPolicy): void => {
    follow();
    policies.set(policy);
  };
  informers.informer(networkPolicies).addHandler({
    onAdd: set,
    onUpdate: set,
    onDelete: (policy) => policies.remove(policy.metadata.namespace, keyOf(policy)),
  });
  return policies;
}

function sameLabels(a: Labels | undefined, b: Pod["metadata"]["labels"]): boolean {
  if (a === b) return true;
  const names = Object.keys(a ?? {});
  return names.length === Object.keys(b ?? {}).length && names.every((name) => a?.[name] === b?.[name]);
}
