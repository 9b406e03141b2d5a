/** Ingresses. Upstream: pkg/apis/networking/validation/validation.go. */
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressLoadBalancerStatus,
  IngressSpec,
  IngressTLS,
  TypedLocalObjectReference,
} from "../generated/types.ts";
import { invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isIPAddress } from "../meta/ip-address.ts";
import { validateIP } from "../meta/ip-parsing.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isPathSegment,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
} from "../meta/names.ts";

export const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS = ["/..", "/."];
const NO_IP = "must be a DNS name, not an IP address";
const ABSOLUTE = "must be an absolute path";

export function validateIngress(ingress: Ingress): FieldError[] {
  const errors: FieldError[] = [];
  validateSpec(ingress.spec ?? {}, errors);
  return errors;
}

export function validateIngressCreate(ingress: Ingress): FieldError[] {
  const errors = validateIngress(ingress);
  const annotation = ingress.metadata?.annotations?.[CLASS_ANNOTATION];
  const name = ingress.spec?.ingressClassName;
  if (annotation !== undefined && name !== undefined && annotation !== name) {
    const detail = "must match `ingressClassName` when both are specified";
    errors.push(invalidValue(`annotations.${CLASS_ANNOTATION}`, annotation, detail));
  }
  return errors;
}

function validateSpec(
  { rules = [], defaultBackend, tls = [], ingressClassName }: IngressSpec,
  errors: FieldError[],
): void {
  if (rules.length === 0 && defaultBackend === undefined) {
    errors.push(invalidValue("spec", null, "either `defaultBackend` or `rules` must be specified"));
  }
  if (defaultBackend !== undefined) validateBackend(defaultBackend, "spec.defaultBackend", errors);
  for (const [index, { host = "", http }] of rules.entries()) {
    const path = `spec.rules[${index}]`;
    if (host !== "") {
      if (isIPAddress(host)) errors.push(invalidValue(`${path}.host`, host, NO_IP));
      validateHost(host, `${path}.host`, errors);
    }
    if (http === undefined) continue;
    const paths = http.paths ?? [];
    if (paths.length === 0) errors.push(required(`${path}.http.paths`));
    for (const [at, item] of paths.entries()) validatePath(item, `${path}.http.paths[${at}]`, errors);
  }
  validateTLS(tls, errors);
  if (ingressClassName === undefined) return;
  for (const text of isDNS1123Subdomain(ingressClassName)) {
    errors.push(invalidValue("spec.ingressClassName", ingressClassName, text));
  }
}

function validateHost(host: string, field: string, errors: FieldError[]): void {
  const texts = host.includes("*") ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host);
  for (const text of texts) errors.push(invalidValue(field, host, text));
}

function validateTLS(tls: readonly IngressTLS[], errors: FieldError[]): void {
  for (const [index, { hosts = [], secretName = "" }] of tls.entries()) {
    const path = `spec.tls[${index}]`;
    for (const [at, host] of hosts.entries()) validateHost(host, `${path}.hosts[${at}]`, errors);
    if (secretName === "") continue;
    for (const text of isDNS1123Subdomain(secretName))
      errors.push(invalidValue(`${path}.secretName`, secretName, text));
  }
}

function validatePath({ path = "", pathType, backend }: HTTPIngressPath, field: string, errors: FieldError[]): void {
  if (pathType === undefined || pathType === "") {
    errors.push(required(`${field}.pathType`, "pathType must be specified"));
    return;
  }
  const complain = (text: string): void => void errors.push(invalidValue(`${field}.path`, path, text));
  if (pathType === "ImplementationSpecific") {
    if (path !== "" && !path.startsWith("/")) complain(ABSOLUTE);
  } else if (PATH_TYPES.includes(pathType)) {
    if (!path.startsWith("/")) complain(ABSOLUTE);
    for (const text of BAD_SEQUENCES) if (path.includes(text)) complain(`must not contain '${text}'`);
    for (const text of BAD_ENDS) if (path.endsWith(text)) complain(`cannot end with '${text}'`);
  } else errors.push(notSupported(`${field}.pathType`, pathType, PATH_TYPES));
  validateBackend(backend ?? {}, `${field}.backend`, errors);
}

function validateBackend({ resource, service }: IngressBackend, field: string, errors: FieldError[]): void {
  if (resource !== undefined && service !== undefined) {
    errors.push(invalidValue(field, "", "cannot set both resource and service backends"));
    return;
  }
  if (resource !== undefined) {
    validateReference(resource, `${field}.resource`, errors);
    return;
  }
  if (service === undefined) {
    errors.push(invalidValue(field, "", "resource or service backend is required"));
    return;
  }
  const { name: serviceName = "", port } = service;
  if (serviceName === "") errors.push(required(`${field}.service.name`));
  else
    for (const text of isDNS1123Label(serviceName))
      errors.push(invalidValue(`${field}.service.name`, serviceName, text));
  const { name = "", number = 0 } = port ?? {};
  if (name !== "" && number !== 0) errors.push(invalidValue(field, "", "cannot set both port name & port number"));
  else if (name !== "") {
    for (const text of isValidPortName(name)) errors.push(invalidValue(`${field}.service.port.name`, name, text));
  } else if (number !== 0) {
    for (const text of isValidPortNum(number)) errors.push(invalidValue(`${field}.service.port.number`, number, text));
  } else errors.push(required(field, "port name or number is required"));
}

/** Kind and name of any object; also of the parameters of a class. */
export function validateReference(
  { apiGroup, kind = "", name = "" }: TypedLocalObjectReference,
  field: string,
  errors: FieldError[],
): void {
  if (apiGroup !== undefined) {
    for (const text of isDNS1123Subdomain(apiGroup)) errors.push(invalidValue(`${field}.apiGroup`, apiGroup, text));
  }
  for (const [part, value] of Object.entries({ kind, name })) {
    if (value === "") errors.push(required(`${field}.${part}`));
    else for (const text of isPathSegment(value)) errors.push(invalidValue(`${field}.${part}`, value, text));
  }
}

export function validateIngressStatus(
  status: IngressLoadBalancerStatus | undefined,
  old: IngressLoadBalancerStatus | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const known = new Set((old?.ingress ?? []).map(({ ip }) => ip));
  for (const [index, { ip = "", hostname = "" }] of (status?.ingress ?? []).entries()) {
    const path = `status.loadBalancer.ingress[${index}]`;
    if (ip !== "" && !known.has(ip)) validateIP(ip, `${path}.ip`, { errors, legacy: true });
    if (hostname === "") continue;
    for (const text of isDNS1123Subdomain(hostname)) errors.push(invalidValue(`${path}.hostname`, hostname, text));
    if (isIPAddress(hostname)) errors.push(invalidValue(`${path}.hostname`, hostname, NO_IP));
  }
  return errors;
}
