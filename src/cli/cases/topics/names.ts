/** Rules for names, keys and values. */
import { fieldErrorText } from "../../../engine/api/meta/field-error.ts";
import { isCIDR, isIPAddress } from "../../../engine/api/meta/ip-address.ts";
import * as rules from "../../../engine/api/meta/names.ts";
import { defineTopic, type DataCase, type Failure } from "../topic.ts";

interface NameCase extends DataCase {
  check: string;
  value: unknown;
  valid: boolean;
  messageContains?: string;
}

type Rule = (value: never) => readonly string[];

const texts = (errors: readonly Parameters<typeof fieldErrorText>[0][]): string[] => errors.map(fieldErrorText);

/** By upstream's name of the rule. */
const CHECKS: Readonly<Record<string, Rule>> = {
  IsDNS1123Label: rules.isDNS1123Label,
  IsDNS1123Subdomain: rules.isDNS1123Subdomain,
  IsDNS1035Label: rules.isDNS1035Label,
  IsCIdentifier: rules.isCIdentifier,
  IsValidPortNum: rules.isValidPortNum,
  IsInRange: ({ value, min, max }: { value: number; min: number; max: number }) => rules.isInRange(value, min, max),
  IsValidGroupID: rules.isValidId,
  IsValidUserID: rules.isValidId,
  IsValidPortName: rules.isValidPortName,
  IsQualifiedName: rules.isQualifiedName,
  IsValidLabelValue: rules.isLabelValue,
  IsHTTPHeaderName: rules.isHTTPHeaderName,
  IsValidPercent: rules.isValidPercent,
  IsConfigMapKey: rules.isConfigMapKey,
  IsWildcardDNS1123Subdomain: rules.isWildcardDNS1123Subdomain,
  IsFullyQualifiedDomainName: (value: string) => texts(rules.validateFullyQualified("name", value, 2)),
  IsFullyQualifiedName: (value: string) => texts(rules.validateFullyQualified("name", value, 3)),
  IsDomainPrefixedPath: (value: string) => texts(rules.validateDomainPrefixedPath("name", value)),
  IsRelaxedEnvVarName: rules.isEnvVarName,
  IsValidIP: (value: string) => (isIPAddress(value) ? [] : ["must be a valid IP address"]),
  IsValidCIDR: (value: string) => (isCIDR(value) ? [] : ["must be a valid CIDR value"]),
};

export const names = defineTopic<NameCase>({ topic: "names", run: (item) => run(item) });

function run({ check, value, valid, messageContains = "" }: NameCase): Failure {
  const rule = CHECKS[check];
  if (rule === undefined) return { expected: "a rule that the runner knows", got: check };
  const complaints = rule(value as never);
  if (valid) return complaints.length === 0 ? undefined : { expected: "valid", got: complaints };
  if (complaints.length === 0) return { expected: "invalid", got: "valid" };
  if (complaints.join(", ").includes(messageContains)) return undefined;
  return { expected: messageContains, got: complaints };
}
