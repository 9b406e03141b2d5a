/**
 * Rules for names, keys and values. Each takes a value and returns complaints in upstream's words, none when it is fine.
 * Upstream: apimachinery pkg/util/validation/validation.go, pkg/api/validate/content.
 */
import { invalidValue, required, type FieldError } from "./field-error.ts";

const NONE: readonly string[] = [];
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const UNDERSCORE_SUBDOMAIN = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`;
const DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const LABEL_KEY = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${LABEL_KEY})?`;
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const HEADER = "[-A-Za-z0-9]+";
const PERCENT = "[0-9]+%";
const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

const LABEL_PATTERN = whole(LABEL);
const SUBDOMAIN_PATTERN = whole(SUBDOMAIN);
const UNDERSCORE_PATTERN = whole(UNDERSCORE_SUBDOMAIN);
const DNS_1035_PATTERN = whole(DNS_1035);
const WILDCARD_PATTERN = whole(WILDCARD);
const C_IDENTIFIER_PATTERN = whole(C_IDENTIFIER);
const LABEL_KEY_PATTERN = whole(LABEL_KEY);
const LABEL_VALUE_PATTERN = whole(LABEL_VALUE);
const CONFIG_KEY_PATTERN = whole(CONFIG_KEY);
const HEADER_PATTERN = whole(HEADER);
const PERCENT_PATTERN = whole(PERCENT);
const HTTP_PATH_PATTERN = whole(HTTP_PATH);

function whole(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`);
}

function regexError(message: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return examples.length === 0
    ? `${message} (regex used for validation is '${pattern}')`
    : `${message} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

/** Upstream measures bytes; names that pass the patterns are ASCII. */
function tooLong(value: string, max: number): string[] {
  return value.length > max ? [`must be no more than ${max} characters`] : [];
}

function inclusive(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export function isDNS1123Label(value: string): readonly string[] {
  if (value.length <= 63 && LABEL_PATTERN.test(value)) return NONE;
  const errors = tooLong(value, 63);
  if (LABEL_PATTERN.test(value)) return errors;
  if (SUBDOMAIN_PATTERN.test(value)) return [...errors, "must not contain dots"];
  const message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...errors, regexError(message, LABEL, "my-name", "123-abc")];
}

export function isDNS1123Subdomain(value: string): readonly string[] {
  if (value.length <= 253 && SUBDOMAIN_PATTERN.test(value)) return NONE;
  const errors = tooLong(value, 253);
  if (SUBDOMAIN_PATTERN.test(value)) return errors;
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...errors, regexError(message, SUBDOMAIN, "example.com")];
}

export function isDNS1123SubdomainWithUnderscore(value: string): readonly string[] {
  const errors = tooLong(value, 253);
  if (UNDERSCORE_PATTERN.test(value)) return errors;
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
  return [...errors, regexError(message, UNDERSCORE_SUBDOMAIN, "example.com")];
}

export function isDNS1035Label(value: string): readonly string[] {
  const errors = tooLong(value, 63);
  if (DNS_1035_PATTERN.test(value)) return errors;
  const message =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...errors, regexError(message, DNS_1035, "my-name", "abc-123")];
}

/** @public */
export function isWildcardDNS1123Subdomain(value: string): readonly string[] {
  const errors = tooLong(value, 253);
  if (WILDCARD_PATTERN.test(value)) return errors;
  const message =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
  return [...errors, regexError(message, WILDCARD, "*.example.com")];
}

/** @public */
export function isCIdentifier(value: string): readonly string[] {
  if (C_IDENTIFIER_PATTERN.test(value)) return NONE;
  const message =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
  return [regexError(message, C_IDENTIFIER, "my_name", "MY_NAME", "MyName")];
}

/** Names in `env`: since 1.34 anything printable but `=`. */
export function isEnvVarName(value: string): readonly string[] {
  if (value === "") return ["environment variable name must be non-empty"];
  if (/^[\x20-\x7e]+$/.test(value) && !value.includes("=")) return NONE;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A label or annotation key: `[prefix/]name`. */
export function isQualifiedName(value: string): readonly string[] {
  const parts = value.split("/");
  const message =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const rule = (): string => regexError(message, LABEL_KEY, "MyName", "my.name", "123-abc");
  if (parts.length > 2) {
    return [`a valid label key ${rule()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const errors: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (prefix === "") errors.push("prefix part must be non-empty");
    else for (const error of isDNS1123Subdomain(prefix)) errors.push(`prefix part ${error}`);
  }
  const name = parts.at(-1) as string;
  if (name === "") errors.push("name part must be non-empty");
  else if (name.length > 63) errors.push("name part must be no more than 63 bytes");
  if (!LABEL_KEY_PATTERN.test(name)) errors.push(`name part ${rule()}`);
  return errors.length === 0 ? NONE : errors;
}

export function isLabelValue(value: string): readonly string[] {
  const long = value.length > 63 ? ["must be no more than 63 bytes"] : NONE;
  if (LABEL_VALUE_PATTERN.test(value)) return long;
  const message =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [...long, regexError(message, LABEL_VALUE, "MyValue", "my_value", "12345")];
}

/** A key of a ConfigMap or Secret. */
export function isConfigMapKey(value: string): readonly string[] {
  const errors = tooLong(value, 253);
  if (!CONFIG_KEY_PATTERN.test(value)) {
    const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    errors.push(regexError(message, CONFIG_KEY, "key.name", "KEY_NAME", "key-name"));
  }
  if (value === "." || value === "..") errors.push(`must not be '${value}'`);
  else if (value.startsWith("..")) errors.push("must not start with '..'");
  return errors;
}

export function isHTTPHeaderName(value: string): readonly string[] {
  if (HEADER_PATTERN.test(value)) return NONE;
  return [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER, "X-Header-Name")];
}

export function isValidPercent(value: string): readonly string[] {
  if (PERCENT_PATTERN.test(value)) return NONE;
  const message = "a valid percent string must be a numeric string followed by an ending '%'";
  return [regexError(message, PERCENT, "1%", "93%")];
}

export function isInRange(value: number, low: number, high: number): readonly string[] {
  return value >= low && value <= high ? NONE : [inclusive(low, high)];
}

export function isValidPortNum(port: number): readonly string[] {
  return isInRange(port, 1, 65535);
}

/** User and group ids. */
export function isValidId(id: number): readonly string[] {
  return isInRange(id, 0, 0x7fffffff);
}

export function isValidPortName(port: string): readonly string[] {
  const errors = tooLong(port, 15);
  if (!/^[-a-z0-9]+$/.test(port)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(port)) errors.push("must contain at least one letter (a-z)");
  if (port.includes("--")) errors.push("must not contain consecutive hyphens");
  if (port.startsWith("-") || port.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** A name that is part of a URL path. Upstream: apimachinery pkg/api/validation/path. */
export function isPathSegment(value: string): readonly string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"]
    .filter((character) => value.includes(character))
    .map((character) => `may not contain '${character}'`);
}

/**
 * `example.com.`: at least `segments` labels; see upstream's IsFullyQualifiedDomainName (2) and IsFullyQualifiedName (3).
 * @public
 */
export function validateFullyQualified(field: string, value: string, segments: 2 | 3): FieldError[] {
  if (value === "") return [required(field)];
  const name = segments === 2 && value.endsWith(".") ? value.slice(0, -1) : value;
  const errors = isDNS1123Subdomain(name);
  if (errors.length > 0) return [invalidValue(field, name, errors.join(","))];
  const labels = name.split(".");
  if (labels.length < segments) {
    const count = segments === 2 ? "two" : "three";
    return [invalidValue(field, name, `should be a domain with at least ${count} segments separated by dots`)];
  }
  if (segments === 3) return [];
  for (const label of labels) {
    const complaints = isDNS1123Label(label);
    if (complaints.length > 0) return [invalidValue(field, label, complaints.join(","))];
  }
  return [];
}

/**
 * `acme.io/foo`: a domain, a slash, an HTTP path.
 * @public
 */
export function validateDomainPrefixedPath(field: string, value: string): FieldError[] {
  if (value === "") return [required(field)];
  const slash = value.indexOf("/");
  const host = value.slice(0, slash);
  const path = value.slice(slash + 1);
  if (slash <= 0 || path === "") {
    return [invalidValue(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = isDNS1123Subdomain(host).map((error) => invalidValue(field, host, error));
  if (!HTTP_PATH_PATTERN.test(path)) errors.push(invalidValue(field, path, regexError("Invalid path", HTTP_PATH)));
  return errors;
}
