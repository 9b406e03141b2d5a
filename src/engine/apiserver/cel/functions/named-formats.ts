/** `format.dns1123Label().validate(x)`: an optional list of complaints. Upstream: apiserver pkg/cel/library/format.go. */
import {
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isLabelValue,
  isQualifiedName,
} from "../../../api/meta/names.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import type { Overload } from "./overload.ts";

type Check = (text: string) => readonly string[];

/** The value of `format.…()`. */
export class CelFormat {
  readonly check: Check;

  constructor(check: Check) {
    this.check = check;
  }
}

const matching = (pattern: string, complaint: string): Check => {
  return (text) => (goRegExp(pattern)?.test(text) ? [] : [complaint]);
};
const prefixed =
  (check: Check): Check =>
  (text) =>
    check(text.replace(/-$/, "a"));

const FORMATS: Readonly<Record<string, Check>> = {
  dns1123Label: isDNS1123Label,
  dns1123Subdomain: isDNS1123Subdomain,
  dns1035Label: isDNS1035Label,
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: prefixed(isDNS1123Label),
  dns1123SubdomainPrefix: prefixed(isDNS1123Subdomain),
  dns1035LabelPrefix: prefixed(isDNS1035Label),
  labelValue: isLabelValue,
  uuid: matching(
    "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$",
    "does not match the UUID format",
  ),
  byte: matching("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", "invalid base64"),
  date: matching("^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$", "invalid date"),
  datetime: matching(
    "^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:[Zz]|[+-]\\d\\d:\\d\\d)$",
    "invalid datetime",
  ),
  uri: matching("^[A-Za-z][A-Za-z0-9+.-]*:|^/", "invalid URI"),
};

/** `optional` makes an optional value of what it is given; undefined: none. */
export function formatFunctions(optional: (value: unknown) => unknown): readonly Overload[] {
  return [
    ...Object.entries(FORMATS).map(([name, check]): Overload => {
      const format = new CelFormat(check);
      return [`FormatNamespace.${name}(): Format`, () => format];
    }),
    [
      "Format.validate(string): optional<list<string>>",
      (format: CelFormat, text: string) => {
        const complaints = format.check(text);
        return optional(complaints.length === 0 ? undefined : [...complaints]);
      },
    ],
  ];
}
