/** What an administrator has set for the whole cluster. Upstream: k8s.io/pod-security-admission/admission/api. */
import { isObject } from "../../../base/json.ts";
import { aggregate } from "../../../base/go-errors.ts";
import { LEVELS, levelVersion, NO_POLICY, VERSION } from "./policy.ts";
import type { LevelVersion, Policy } from "./policy.ts";

export interface PodSecuritySettings {
  /** What holds where a namespace's labels say nothing. */
  readonly defaults: Policy;
  /** Of whom and where nothing is looked at. */
  readonly exemptions: {
    readonly usernames: readonly string[];
    readonly runtimeClasses: readonly string[];
    readonly namespaces: readonly string[];
  };
}

export const DEFAULT_POD_SECURITY: PodSecuritySettings = {
  defaults: NO_POLICY,
  exemptions: { usernames: [], runtimeClasses: [], namespaces: [] },
};

/** The settings, or what is wrong with them. */
export function podSecuritySettings(
  configuration: Readonly<Record<string, unknown>>,
): { podSecurity: PodSecuritySettings } | string {
  const { kind, apiVersion } = configuration;
  if (
    kind !== "PodSecurityConfiguration" ||
    !/^pod-security\.admission\.config\.k8s\.io\/v1(beta1|alpha1)?$/.test(String(apiVersion))
  ) {
    return `no kind ${JSON.stringify(kind ?? "")} is registered for version ${JSON.stringify(apiVersion ?? "")}`;
  }
  const said = isObject(configuration["defaults"]) ? configuration["defaults"] : {};
  const exempt = isObject(configuration["exemptions"]) ? configuration["exemptions"] : {};
  const problems: string[] = [];
  const mode = (name: string): LevelVersion => {
    const level = String(said[name] ?? "privileged");
    const version = String(said[`${name}-version`] ?? "latest");
    const known = LEVELS.find((each) => each === level);
    const invalid = (field: string, value: string, why: string): void =>
      void problems.push(`defaults.${field}: Invalid value: ${JSON.stringify(value)}: ${why}`);
    if (known === undefined) invalid(name, level, `must be one of ${LEVELS.join(", ")}`);
    if (version !== "latest" && !VERSION.test(version))
      invalid(`${name}-version`, version, 'must be "latest" or "v1.x"');
    return levelVersion(known ?? "privileged", version);
  };
  const names = (field: string): string[] => (Array.isArray(exempt[field]) ? exempt[field].map(String) : []);
  const defaults = { enforce: mode("enforce"), audit: mode("audit"), warn: mode("warn"), errors: [] };
  if (problems.length > 0) return aggregate(problems);
  return {
    podSecurity: {
      defaults,
      exemptions: {
        usernames: names("usernames"),
        runtimeClasses: names("runtimeClasses"),
        namespaces: names("namespaces"),
      },
    },
  };
}
