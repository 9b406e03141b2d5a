/**
 * Beta versions that a server has and doesn't serve unless it is told to, as far as their objects have the form of the
 * stable ones. Upstream: `betaAPIGroupVersionsDisabledByDefault` of pkg/controlplane/instance.go.
 */
import { mutatingAdmissionPolicyBindings } from "./admissionregistration/mutating-admission-policy-binding.ts";
import { mutatingAdmissionPolicies } from "./admissionregistration/mutating-admission-policy.ts";
import { deviceClasses } from "./dra/device-class.ts";
import { resourceClaimTemplates } from "./dra/resource-claim-template.ts";
import { resourceClaims } from "./dra/resource-claim.ts";
import { resourceSlices } from "./dra/resource-slice.ts";
import type { KubeObject } from "./meta/object.ts";
import { defineResource } from "./meta/resource.ts";
import type { Resource } from "./meta/resource.ts";
import { ipAddresses } from "./networking/ip-address.ts";
import { serviceCIDRs } from "./networking/service-cidr.ts";
import { volumeAttributesClasses } from "./storage/volume-attributes-class.ts";

export const betaVersions: readonly Resource[] = [
  ...[mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings].map((stable) => inVersion(stable, "v1beta1")),
  ...[ipAddresses, serviceCIDRs].map((stable) => inVersion(stable as Resource, "v1beta1")),
  ...[deviceClasses, resourceClaims, resourceClaimTemplates, resourceSlices].map((stable) =>
    inVersion(stable as Resource, "v1beta2"),
  ),
  inVersion(volumeAttributesClasses, "v1beta1"),
];

/** The same resource under another version's name. */
function inVersion(stable: Resource, version: string): Resource {
  const apiVersion = `${stable.group}/${version}`;
  const named = (object: KubeObject, name: string): KubeObject => ({ ...object, apiVersion: name });
  return defineResource<KubeObject>({
    ...stable,
    version,
    example: named(stable.example as KubeObject, apiVersion),
    storedAs: {
      resource: stable,
      toStorage: (object) => named(object, stable.apiVersion),
      fromStorage: (object) => named(object, apiVersion),
    },
  });
}
