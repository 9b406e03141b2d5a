/**
 * Services. Upstream: ValidateService, ValidateServiceUpdate in pkg/apis/core/validation/validation.go.
 * Simplified: whether an address lies in the cluster's service range, and node ports, are the allocator's to check.
 */
import { deepEqual } from "../../base/json.ts";
import type { Service, ServicePort, ServiceSpec } from "../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from "../meta/field-error.ts";
import { isCIDR, isIPAddress } from "../meta/ip-address.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidPortNum } from "../meta/names.ts";
import { validateLabels } from "../meta/validate-meta.ts";
import { validatePort } from "./pod/validate-handlers.ts";

const TYPES = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
const PROTOCOLS = ["TCP", "UDP", "SCTP"];
const POLICIES = ["Cluster", "Local"];
const MAX_AFFINITY_SECONDS = 86400;
const IP_DETAIL = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const ONLY_WITH_ADDRESS = "may only be used when `type` is 'ClusterIP', 'NodePort', or 'LoadBalancer'";
const TRAFFIC_DISTRIBUTIONS = ["PreferClose", "PreferSameNode", "PreferSameZone"];

function isHeadless({ clusterIP, clusterIPs }: ServiceSpec): boolean {
  return clusterIP === "None" || clusterIPs?.[0] === "None";
}

function needsClusterIP({ type }: ServiceSpec): boolean {
  return type === "ClusterIP" || type === "NodePort" || type === "LoadBalancer";
}

export function validateService({ spec = {} as ServiceSpec }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const { type, ports = [], selector, sessionAffinity, externalIPs = [] } = spec;
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
  for (const [index, address] of externalIPs.entries())
    validateExternalIP(address, `spec.externalIPs[${index}]`, errors);
  if (!type) errors.push(required("spec.type"));
  else if (!TYPES.includes(type)) errors.push(notSupported("spec.type", type, TYPES));
  validateSourceRanges(spec, errors);
  if (spec.allocateLoadBalancerNodePorts !== undefined && type !== "LoadBalancer") {
    const field = "spec.allocateLoadBalancerNodePorts";
    errors.push(forbiddenField(field, "may only be used when `type` is 'LoadBalancer'"));
  } else if (type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts === undefined) {
    errors.push(required("spec.allocateLoadBalancerNodePorts"));
  }
  validateLoadBalancerClass(spec, errors);
  validateTraffic(spec, errors);
  return errors;
}

function validateByType(spec: ServiceSpec, errors: FieldError[]): void {
  const { type, ports = [], clusterIP = "", clusterIPs = [] } = spec;
  if (type === "LoadBalancer") {
    for (const [index, { port }] of ports.entries()) {
      if (port === 10250) {
        errors.push(
          invalidValue(
            `spec.ports[${index}]`,
            port,
            "may not expose port 10250 externally since it is used by kubelet",
          ),
        );
      }
    }
  }
  if ((type === "LoadBalancer" || type === "NodePort") && isHeadless(spec)) {
    const value = clusterIP === "" ? clusterIPs[0] : clusterIP;
    errors.push(invalidValue("spec.clusterIPs[0]", value, `may not be set to 'None' for ${type} services`));
  }
  if (type !== "ExternalName") return;
  if (clusterIP !== "" && clusterIP !== "None") {
    errors.push(forbiddenField("spec.clusterIPs", "may not be set when `type` is 'ExternalName'"));
  } else if (clusterIPs.length > 0) {
    errors.push(forbiddenField("spec.clusterIPs", "may not be set when `type` is 'ExternalName'"));
  }
  const name = spec.externalName ?? "";
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  if (name === "") errors.push(required("spec.externalName"));
  else for (const text of isDNS1123Subdomain(bare)) errors.push(invalidValue("spec.externalName", bare, text));
}

function validatePorts(ports: readonly ServicePort[], errors: FieldError[]): void {
  const names = new Set<string>();
  const pairs = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, item] of ports.entries()) {
    const path = `spec.ports[${index}]`;
    const { name = "", port, protocol = "", targetPort, appProtocol, nodePort = 0 } = item;
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
    const pair = `${protocol}/${port}`;
    if (pairs.has(pair)) errors.push(duplicate(path, { port, protocol }));
    pairs.add(pair);
    if (nodePort !== 0) {
      const key = `${protocol}/${nodePort}`;
      if (nodePorts.has(key)) errors.push(duplicate(`${path}.nodePort`, nodePort));
      nodePorts.add(key);
    }
  }
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec, errors: FieldError[]): void {
  const field = "spec.sessionAffinityConfig";
  if (sessionAffinity === "ClientIP") {
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (sessionAffinityConfig?.clientIP === undefined || seconds === undefined) {
      errors.push(required(field, "when session affinity type is ClientIP"));
    } else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
      const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
      errors.push(invalidValue(`${field}.clientIP.timeoutSeconds`, seconds, detail));
    }
  } else if (sessionAffinity === "None" && sessionAffinityConfig !== undefined) {
    errors.push(forbiddenField(field, "must not be set when session affinity is None"));
  }
}

function validateClusterIPs(spec: ServiceSpec, errors: FieldError[]): void {
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (!needsClusterIP(spec)) {
    if (ipFamilyPolicy !== undefined) errors.push(forbiddenField("spec.ipFamilyPolicy", ONLY_WITH_ADDRESS));
    if (ipFamilies.length > 0) errors.push(forbiddenField("spec.ipFamilies", ONLY_WITH_ADDRESS));
    return;
  }
  if (clusterIP !== "" && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    errors.push(invalidValue("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`"));
  }
  const all = clusterIPs.length > 0 ? clusterIPs : clusterIP === "" ? [] : [clusterIP];
  if (all.length > 2) errors.push(invalidValue("spec.clusterIPs", clusterIPs, "may only hold up to 2 values"));
  for (const [index, address] of all.entries()) {
    const field = `spec.clusterIPs[${index}]`;
    if (address === "None") {
      if (all.length > 1) errors.push(invalidValue(field, address, "'None' must be the first and only value"));
    } else if (!isIPAddress(address)) {
      errors.push(invalidValue(field, address, IP_DETAIL));
    }
  }
  const policies = ["SingleStack", "PreferDualStack", "RequireDualStack"];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, policies));
  }
  for (const [index, family] of ipFamilies.entries()) {
    if (family !== "IPv4" && family !== "IPv6") {
      errors.push(notSupported(`spec.ipFamilies[${index}]`, family, ["IPv4", "IPv6"]));
    } else if (ipFamilies.indexOf(family) < index) {
      errors.push(duplicate(`spec.ipFamilies[${index}]`, family));
    } else {
      const address = all[index];
      if (address !== undefined && address !== "None" && address.includes(":") !== (family === "IPv6")) {
        const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
        errors.push(invalidValue(`spec.clusterIPs[${index}]`, address, detail));
      }
    }
  }
}

function validateExternalIP(address: string, field: string, errors: FieldError[]): void {
  if (!isIPAddress(address)) {
    errors.push(invalidValue(field, address, IP_DETAIL));
    return;
  }
  const first = Number(address.split(".")[0]);
  const complain = (detail: string): void => void errors.push(invalidValue(field, address, detail));
  if (address === "0.0.0.0" || address === "::") complain(`may not be unspecified (${address})`);
  if (first === 127 || address === "::1") complain("may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (address.startsWith("169.254.") || address.toLowerCase().startsWith("fe80:")) {
    complain("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (address.startsWith("224.0.0."))
    complain("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
}

function validateSourceRanges({ type, loadBalancerSourceRanges }: ServiceSpec, errors: FieldError[]): void {
  if (loadBalancerSourceRanges === undefined || loadBalancerSourceRanges.length === 0) return;
  const field = "spec.LoadBalancerSourceRanges";
  if (type !== "LoadBalancer") errors.push(forbiddenField(field, "may only be used when `type` is 'LoadBalancer'"));
  for (const [index, range] of loadBalancerSourceRanges.entries()) {
    if (!isCIDR(range.trim())) {
      const detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
      errors.push(invalidValue(`${field}[${index}]`, range, detail));
    }
  }
}

function validateLoadBalancerClass({ type, loadBalancerClass }: ServiceSpec, errors: FieldError[]): void {
  if (loadBalancerClass === undefined) return;
  if (type !== "LoadBalancer") {
    errors.push(forbiddenField("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'"));
    return;
  }
  for (const text of isQualifiedName(loadBalancerClass)) {
    errors.push(invalidValue("spec.loadBalancerClass", loadBalancerClass, text));
  }
}

function isExternallyAccessible({ type, externalIPs = [] }: ServiceSpec): boolean {
  return type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && externalIPs.length > 0);
}

function validateTraffic(spec: ServiceSpec, errors: FieldError[]): void {
  const {
    type,
    externalTrafficPolicy = "",
    internalTrafficPolicy,
    healthCheckNodePort = 0,
    trafficDistribution,
  } = spec;
  if (!isExternallyAccessible(spec)) {
    if (externalTrafficPolicy !== "") {
      const detail = "may only be set for externally-accessible services";
      errors.push(invalidValue("spec.externalTrafficPolicy", externalTrafficPolicy, detail));
    }
  } else if (externalTrafficPolicy === "") errors.push(required("spec.externalTrafficPolicy"));
  else if (!POLICIES.includes(externalTrafficPolicy)) {
    errors.push(notSupported("spec.externalTrafficPolicy", externalTrafficPolicy, POLICIES));
  }
  if (healthCheckNodePort !== 0 && !(type === "LoadBalancer" && externalTrafficPolicy === "Local")) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalidValue("spec.healthCheckNodePort", healthCheckNodePort, detail));
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

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors = validateService(service);
  const next = service.spec;
  const before = old.spec;
  // Addresses may change only together with the type.
  if (needsClusterIP(before) && needsClusterIP(next)) {
    const [was] = before.clusterIPs ?? (before.clusterIP ? [before.clusterIP] : []);
    const [is] = next.clusterIPs ?? (next.clusterIP ? [next.clusterIP] : []);
    if (was !== undefined && is !== was) {
      if (is === undefined) {
        errors.push(invalidValue("spec.clusterIPs[0]", next.clusterIPs ?? null, "primary clusterIP can not be unset"));
      } else {
        errors.push(invalidValue("spec.clusterIPs[0]", next.clusterIPs ?? [is], "may not change once set"));
      }
    }
    const family = before.ipFamilies?.[0];
    const nextFamily = next.ipFamilies?.[0];
    if (!isHeadless(next) && family !== undefined && nextFamily !== undefined && nextFamily !== family) {
      errors.push(invalidValue("spec.ipFamilies[0]", next.ipFamilies, "primary ipFamily can not be changed"));
    }
  }
  if (before.type === "LoadBalancer" && next.type === "LoadBalancer") {
    if (!deepEqual(before.loadBalancerClass, next.loadBalancerClass)) {
      errors.push(invalidValue("spec.loadBalancerClass", next.loadBalancerClass ?? null, "may not change once set"));
    }
  }
  return errors;
}
