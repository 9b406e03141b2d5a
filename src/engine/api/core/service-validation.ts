/**
 * Services. Upstream: ValidateService in pkg/apis/core/validation/validation.go. What may change is in
 * `service-update-validation.ts`.
 * Simplified: whether an address lies in the cluster's service range, and node ports, are the allocator's to check.
 */
import type { Service, ServicePort, ServiceSpec } from "../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from "../meta/field-error.ts";
import { isIPv6 } from "../meta/ip-address.ts";
import { validateCIDR, validateIP } from "../meta/ip-parsing.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidPortNum } from "../meta/names.ts";
import { validateLabels } from "../meta/validate-meta.ts";
import { validateNonSpecialIP } from "./endpoints-validation.ts";
import { validatePort } from "./pod/validate-handlers.ts";

const TYPES = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICIES = ["Cluster", "Local"];
const MAX_AFFINITY_SECONDS = 86400;
const ONLY_FOR_LOAD_BALANCERS = "may only be used when `type` is 'LoadBalancer'";
const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";
const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";
const SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
const TRAFFIC_DISTRIBUTIONS = ["PreferClose", "PreferSameNode", "PreferSameZone"];

export function isHeadless({ clusterIPs = [] }: ServiceSpec): boolean {
  return clusterIPs.length === 1 && clusterIPs[0] === "None";
}

function needsClusterIP({ type }: ServiceSpec): boolean {
  return type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer";
}

export function validateService(service: Service): FieldError[] {
  const errors: FieldError[] = [];
  const { spec = {} as ServiceSpec, metadata } = service;
  const { type, ports = [], selector, sessionAffinity, externalIPs = [] } = spec;
  const annotations = metadata.annotations ?? {};
  const [hints, mode] = [annotations[TOPOLOGY_HINTS], annotations[TOPOLOGY_MODE]];
  if (hints !== undefined && mode !== undefined && hints !== mode) {
    const detail = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
    errors.push(invalidValue(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, detail));
  }
  if (ports.length === 0 && !isHeadless(spec) && type !== "ExternalName") errors.push(required("spec.ports"));
  validateByType(spec, errors);
  validatePorts(ports, errors);
  if (selector !== undefined) validateLabels(selector, "spec.selector", errors);
  if (!sessionAffinity) errors.push(required("spec.sessionAffinity"));
  else if (!["ClientIP", "None"].includes(sessionAffinity)) {
    errors.push(notSupported("spec.sessionAffinity", sessionAffinity, ["ClientIP", "None"]));
  }
  validateAffinity(spec, errors);
  validateClusterIPs(spec, errors);
  for (const [index, address] of externalIPs.entries()) {
    validateExternalIP(address, `spec.externalIPs[${index}]`, errors);
  }
  if (!type) errors.push(required("spec.type"));
  else if (!TYPES.includes(type)) errors.push(notSupported("spec.type", type, TYPES));
  validatePortPairs(spec, errors);
  validateSourceRanges(spec, annotations, errors);
  const allocate = spec.allocateLoadBalancerNodePorts;
  if (allocate !== undefined && type !== "LoadBalancer") {
    errors.push(forbiddenField("spec.allocateLoadBalancerNodePorts", ONLY_FOR_LOAD_BALANCERS));
  } else if (type === "LoadBalancer" && allocate === undefined) {
    errors.push(required("allocateLoadBalancerNodePorts"));
  }
  validateLoadBalancerClass(spec, errors);
  validateTraffic(spec, errors);
  return errors;
}

function validateByType(spec: ServiceSpec, errors: FieldError[]): void {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    errors.push(invalidValue("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`));
  }
  if (type !== "ExternalName") return;
  const detail = "may not be set for ExternalName services";
  if (clusterIPs.length > 0) errors.push(forbiddenField("spec.clusterIPs", detail));
  if (ipFamilies.length > 0) errors.push(forbiddenField("spec.ipFamilies", detail));
  if (ipFamilyPolicy !== undefined) errors.push(forbiddenField("spec.ipFamilyPolicy", detail));
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") errors.push(required("spec.externalName"));
  else for (const text of isDNS1123Subdomain(name)) errors.push(invalidValue("spec.externalName", name, text));
}

function validatePorts(ports: readonly ServicePort[], errors: FieldError[]): void {
  const names = new Set<string>();
  for (const [index, item] of ports.entries()) {
    const path = `spec.ports[${index}]`;
    const { name = "", port, protocol = "", targetPort, appProtocol } = item;
    if (ports.length > 1 && name === "") errors.push(required(`${path}.name`));
    else if (name !== "") {
      for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${path}.name`, name, text));
      if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    for (const text of isValidPortNum(port ?? 0)) errors.push(invalidValue(`${path}.port`, port ?? 0, text));
    if (protocol === "") errors.push(required(`${path}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
    validatePort(targetPort ?? 0, `${path}.targetPort`, errors);
    if (appProtocol !== undefined) {
      for (const text of isQualifiedName(appProtocol))
        errors.push(invalidValue(`${path}.appProtocol`, appProtocol, text));
    }
  }
}

/** Of a protocol, each port and each node port is there once. */
function validatePortPairs({ type, ports = [] }: ServiceSpec, errors: FieldError[]): void {
  if (type === "ClusterIP") {
    for (const [index, { nodePort = 0 }] of ports.entries()) {
      if (nodePort === 0) continue;
      errors.push(forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
  }
  const nodePorts = new Set<string>();
  for (const [index, { protocol, nodePort = 0 }] of ports.entries()) {
    if (nodePort === 0) continue;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(`spec.ports[${index}].nodePort`, nodePort));
    nodePorts.add(key);
  }
  const pairs = new Set<string>();
  for (const [index, { protocol, port }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    if (pairs.has(key)) errors.push(duplicate(`spec.ports[${index}]`, { port, protocol }));
    pairs.add(key);
  }
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec, errors: FieldError[]): void {
  const field = "spec.sessionAffinityConfig";
  if (sessionAffinity === "ClientIP") {
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds === undefined) {
      const { clientIP } = sessionAffinityConfig ?? {};
      const missing =
        sessionAffinityConfig === undefined ? "" : clientIP === undefined ? ".clientIP" : ".clientIP.timeoutSeconds";
      errors.push(required(field + missing, "when session affinity type is ClientIP"));
    } else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
      const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
      errors.push(invalidValue(`${field}.clientIP.timeoutSeconds`, seconds, detail));
    }
  } else if (sessionAffinity === "None" && sessionAffinityConfig !== undefined) {
    errors.push(forbiddenField(field, "must not be set when session affinity is None"));
  }
}

/** Addresses and their families by themselves. */
export function clusterIPErrors(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  validateClusterIPs(spec, errors);
  return errors;
}

/** Addresses and their families (upstream: ValidateServiceClusterIPsRelatedFields). */
function validateClusterIPs(spec: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === "ExternalName") return;
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const field = "spec.clusterIPs";
  const complain = (detail: string): void => void errors.push(invalidValue(field, clusterIPs, detail));
  if (clusterIP === "") {
    if (clusterIPs.length > 0) complain("must be empty when `clusterIP` is not specified");
  } else if (clusterIPs.length === 0) errors.push(required(field));
  else if (clusterIPs[0] !== clusterIP) complain("first value must match `clusterIP`");
  for (const [index, family] of ipFamilies.entries()) {
    const path = `spec.ipFamilies[${index}]`;
    if (family !== "IPv4" && family !== "IPv6") errors.push(notSupported(path, family, ["IPv4", "IPv6"]));
    if (ipFamilies.indexOf(family) < index) errors.push(duplicate(path, family));
  }
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, policies));
  }
  let wrong = false;
  for (const [index, address] of clusterIPs.entries()) {
    if (index === 0 && address === "None") {
      if (clusterIPs.length === 1) continue;
      complain("'None' must be the first and only value");
    } else if (validateIP(address, `${field}[${index}]`, { errors, legacy: true })) continue;
    wrong = true;
  }
  if (clusterIPs.length > 2) complain("may only hold up to 2 values");
  if (wrong) return;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(isIPv6)).size < 2) {
    complain("may specify no more than one IP for each IP family");
  }
  if (isHeadless(spec)) return;
  for (const [index, address] of clusterIPs.entries()) {
    const family = ipFamilies[index];
    if ((family === "IPv4" && isIPv6(address)) || (family === "IPv6" && !isIPv6(address))) {
      const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
      errors.push(invalidValue(`${field}[${index}]`, address, detail));
    }
  }
}

function validateExternalIP(address: string, field: string, errors: FieldError[]): void {
  if (validateIP(address, field, { errors, legacy: true })) validateNonSpecialIP(address, field, errors);
}

function validateSourceRanges(
  { type, loadBalancerSourceRanges = [] }: ServiceSpec,
  annotations: Readonly<Record<string, string>>,
  errors: FieldError[],
): void {
  const annotation = annotations[SOURCE_RANGES];
  const inSpec = loadBalancerSourceRanges.length > 0;
  if (!inSpec && annotation === undefined) return;
  const field = inSpec ? "spec.LoadBalancerSourceRanges" : `metadata.annotations[${SOURCE_RANGES}]`;
  if (type !== "LoadBalancer") errors.push(forbiddenField(field, ONLY_FOR_LOAD_BALANCERS));
  const ranges = inSpec ? loadBalancerSourceRanges : annotation?.trim() ? annotation.split(",") : [];
  for (const [index, range] of ranges.entries()) {
    const bare = range.trim();
    validateCIDR(bare, inSpec ? `${field}[${index}]` : field, { errors, legacy: true });
  }
}

export function validateLoadBalancerClass({ type, loadBalancerClass }: ServiceSpec, errors: FieldError[]): void {
  if (loadBalancerClass === undefined) return;
  if (type !== "LoadBalancer") {
    errors.push(forbiddenField("spec.loadBalancerClass", ONLY_FOR_LOAD_BALANCERS));
    return;
  }
  for (const text of isQualifiedName(loadBalancerClass)) {
    errors.push(invalidValue("spec.loadBalancerClass", loadBalancerClass, text));
  }
}

function isExternallyAccessible({ type, externalIPs = [] }: ServiceSpec): boolean {
  return type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && externalIPs.length > 0);
}

/** Upstream: NeedsHealthCheck in pkg/api/service/util.go. */
export function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

function validateTraffic(spec: ServiceSpec, errors: FieldError[]): void {
  const { externalTrafficPolicy = "", internalTrafficPolicy, healthCheckNodePort = 0, trafficDistribution } = spec;
  if (!isExternallyAccessible(spec)) {
    if (externalTrafficPolicy !== "") {
      const detail = "may only be set for externally-accessible services";
      errors.push(invalidValue("spec.externalTrafficPolicy", externalTrafficPolicy, detail));
    }
  } else if (externalTrafficPolicy === "") errors.push(required("spec.externalTrafficPolicy"));
  else if (!POLICIES.includes(externalTrafficPolicy)) {
    errors.push(notSupported("spec.externalTrafficPolicy", externalTrafficPolicy, POLICIES));
  }
  const healthCheck = "spec.healthCheckNodePort";
  if (!needsHealthCheck(spec)) {
    if (healthCheckNodePort !== 0) {
      const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.push(invalidValue(healthCheck, healthCheckNodePort, detail));
    }
  } else if (healthCheckNodePort === 0) errors.push(required(healthCheck));
  else {
    for (const text of isValidPortNum(healthCheckNodePort)) {
      errors.push(invalidValue(healthCheck, healthCheckNodePort, text));
    }
  }
  if (internalTrafficPolicy === undefined) {
    if (needsClusterIP(spec)) errors.push(required("spec.internalTrafficPolicy"));
  } else if (!POLICIES.includes(internalTrafficPolicy)) {
    errors.push(notSupported("spec.internalTrafficPolicy", internalTrafficPolicy, POLICIES));
  }
  if (trafficDistribution !== undefined && !TRAFFIC_DISTRIBUTIONS.includes(trafficDistribution)) {
    errors.push(notSupported("spec.trafficDistribution", trafficDistribution, TRAFFIC_DISTRIBUTIONS));
  }
}
