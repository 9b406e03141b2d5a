/** Labels of nodes that have newer names. Upstream: pkg/api/node/util.go. */
const INSTEAD: Readonly<Record<string, readonly [since: string, instead: string]>> = {
  "beta.kubernetes.io/arch": ["v1.14", "kubernetes.io/arch"],
  "beta.kubernetes.io/os": ["v1.14", "kubernetes.io/os"],
  "failure-domain.beta.kubernetes.io/region": ["v1.17", "topology.kubernetes.io/region"],
  "failure-domain.beta.kubernetes.io/zone": ["v1.17", "topology.kubernetes.io/zone"],
  "beta.kubernetes.io/instance-type": ["v1.17", "node.kubernetes.io/instance-type"],
};

/** `deprecated since v1.14; use "kubernetes.io/os" instead`; undefined for a label that isn't. */
export function deprecatedLabelText(label: string): string | undefined {
  const known = INSTEAD[label];
  return known && `deprecated since ${known[0]}; use ${JSON.stringify(known[1])} instead`;
}

interface Expressions {
  matchExpressions?: readonly { key: string }[] | undefined;
}

/** Warnings about the `matchExpressions` of what lies at `field`. */
export function expressionWarnings({ matchExpressions = [] }: Expressions, field: string): string[] {
  return matchExpressions.flatMap(({ key }, at) => {
    const text = deprecatedLabelText(key);
    return text === undefined ? [] : [`${field}.matchExpressions[${at}].key: ${key} is ${text}`];
  });
}
