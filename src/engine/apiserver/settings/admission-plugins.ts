/** The admission plugins that can be switched on and off. Upstream: pkg/kubeapiserver/options/plugins.go. */

/** Those that are on unless somebody says otherwise. */
const ON =
  "CertificateApproval CertificateSigning CertificateSubjectRestriction ClusterTrustBundleAttest DefaultIngressClass DefaultStorageClass DefaultTolerationSeconds JobValidation LimitRanger MutatingAdmissionPolicy MutatingAdmissionWebhook NamespaceLifecycle NodeDeclaredFeatureValidator PersistentVolumeClaimResize PodGroupProtection PodGroupWorkloadExists PodResizeValidator PodSecurity PodTopologyLabels Priority ResourceQuota RuntimeClass ServiceAccount StorageObjectInUseProtection TaintNodesByCondition ValidatingAdmissionPolicy ValidatingAdmissionWebhook".split(
    " ",
  );

const OFF =
  "AlwaysAdmit AlwaysDeny AlwaysPullImages DenyServiceExternalIPs EventRateLimit ExtendedResourceToleration ImagePolicyWebhook LimitPodHardAntiAffinityTopology NamespaceAutoProvision NamespaceExists NodeRestriction OwnerReferencesPermissionEnforcement PodNodeSelector PodTolerationRestriction".split(
    " ",
  );

/** Whether a server has a plugin of that name. */
export function isAdmissionPlugin(name: string): boolean {
  return ON.includes(name) || OFF.includes(name);
}

/** Names of those that are on: one that is named on both sides is. */
export function enabledPlugins(enabled: readonly string[], disabled: readonly string[]): ReadonlySet<string> {
  return new Set([...ON.filter((name) => !disabled.includes(name)), ...enabled]);
}
