/**
 * From kube-apiserver's command line to its settings. Upstream: `Validate` of pkg/kubeapiserver/options and of apiserver
 * pkg/server/options.
 */
import { parseGoDuration } from "../../base/go-duration.ts";
import { aggregate } from "../../base/go-errors.ts";
import type { AuditSettings } from "../audit/auditor.ts";
import type { LogLimits } from "../audit/log-limits.ts";
import { parseAuditPolicy } from "../audit/policy.ts";
import { isAuthorizationMode } from "../auth/authorization.ts";
import type { AuthorizationMode } from "../auth/authorization.ts";
import { readPluginSettings } from "./admission-configuration.ts";
import { enabledPlugins, isAdmissionPlugin } from "./admission-plugins.ts";
import { readEncryption } from "./encryption-configuration.ts";
import { parsePortRange } from "./port-range.ts";
import { parseRuntimeConfig } from "./runtime-config.ts";
import { DEFAULT_SERVER_SETTINGS } from "./server-settings.ts";
import type { ServerSettings } from "./server-settings.ts";
import { parseStaticTokens } from "./static-tokens.ts";

/** What stands behind a flag's name, as far as it is set; its value is of the flag's kind. */
type Flags = ReadonlyMap<string, string>;

export type ReadSettings = { settings: ServerSettings; warnings: readonly string[] } | { problem: string };

/** Files as the server's process sees them. */
export interface ServerFiles {
  /** undefined: it isn't there. */
  read(path: string): string | undefined;
  /** Makes a log or opens it; says what is wrong with it. `-`: standard output. */
  openLog(path: string, limits: LogLimits): ((line: string) => void) | { problem: string };
}

/** The settings and what the server's log is to warn of, or what ends it. */
export function readServerSettings(flags: Flags, files: ServerFiles): ReadSettings {
  const list = (name: string): string[] => (flags.get(name) ?? "").split(",").filter((word) => word !== "");
  const modes = flags.has("authorization-mode") ? list("authorization-mode") : ["AlwaysAllow"];
  const [enabled, disabled] = [list("enable-admission-plugins"), list("disable-admission-plugins")];
  const issuers = flags.has("service-account-issuer")
    ? list("service-account-issuer")
    : DEFAULT_SERVER_SETTINGS.issuers;
  const problems = [
    ...issuerProblems(issuers),
    ...authorizationProblems(modes, flags),
    ...pluginProblems(enabled, disabled),
  ];
  if (problems.length > 0) return { problem: aggregate(problems) };
  const tokenFile = flags.get("token-auth-file") ?? "";
  const staticTokens =
    tokenFile === "" ? DEFAULT_SERVER_SETTINGS.staticTokens : parseStaticTokens(files.read(tokenFile) ?? "", tokenFile);
  if ("problem" in staticTokens) return staticTokens;
  const warnings: string[] = [];
  let anonymous = isTrue(flags.get("anonymous-auth") ?? "true");
  if (anonymous && modes.includes("AlwaysAllow")) {
    anonymous = false;
    warnings.push(
      "AnonymousAuth is not allowed with the AlwaysAllow authorizer. Resetting AnonymousAuth to false. You should use a different authorizer",
    );
  }
  const audit = readAudit(flags, files, warnings);
  if (audit !== undefined && "problem" in audit) return audit;
  const admissionPlugins = enabledPlugins(enabled, disabled);
  const plugins = readPluginSettings(flags.get("admission-control-config-file") ?? "", {
    ...{ enabled: admissionPlugins, warnings },
    read: (path) => files.read(path),
  });
  if ("problem" in plugins) return plugins;
  const encryptionFile = flags.get("encryption-provider-config") ?? "";
  const encryption = encryptionFile === "" ? [] : readEncryption(encryptionFile, (path) => files.read(path));
  if ("problem" in encryption) return encryption;
  const runtimeConfig = parseRuntimeConfig(flags.get("runtime-config") ?? "");
  if ("problem" in runtimeConfig) return runtimeConfig;
  const byDefault = DEFAULT_SERVER_SETTINGS;
  const seconds = (name: string, otherwise: number): number => Number(flags.get(name) ?? otherwise);
  const ports = parsePortRange(flags.get("service-node-port-range") ?? "");
  const ttl = parseGoDuration(flags.get("event-ttl") ?? "");
  return {
    settings: {
      bootstrapTokens: isTrue(flags.get("enable-bootstrap-token-auth") ?? "false"),
      anonymous,
      staticTokens,
      issuers,
      audiences: flags.has("api-audiences") ? list("api-audiences") : issuers,
      authorizationModes: modes as AuthorizationMode[],
      admissionPlugins,
      podSecurity: byDefault.podSecurity,
      ...plugins,
      notReadySeconds: seconds("default-not-ready-toleration-seconds", byDefault.notReadySeconds),
      unreachableSeconds: seconds("default-unreachable-toleration-seconds", byDefault.unreachableSeconds),
      nodePorts: "problem" in ports ? byDefault.nodePorts : ports,
      eventTtl: typeof ttl === "number" ? ttl : byDefault.eventTtl,
      encryption,
      runtimeConfig,
      ...(audit !== undefined && { audit }),
    },
    warnings,
  };
}

/** What is told of requests: nothing without a policy, or without a log to tell it to. */
function readAudit(
  flags: Flags,
  files: ServerFiles,
  warnings: string[],
): AuditSettings | { problem: string } | undefined {
  const path = flags.get("audit-policy-file") ?? "";
  const log = flags.get("audit-log-path") ?? "";
  const text = path === "" ? undefined : files.read(path);
  const loading = "loading audit policy file";
  if (path !== "" && text === undefined) {
    const why = `open ${path}: no such file or directory`;
    return { problem: `${loading}: failed to read file path ${JSON.stringify(path)}: ${why}` };
  }
  const policy = text === undefined ? undefined : parseAuditPolicy(text);
  if (policy !== undefined && "problem" in policy) {
    return { problem: `${loading}: ${policy.problem}: from file ${path}` };
  }
  if (log === "") return undefined;
  if (policy === undefined) {
    warnings.push("No audit policy file provided, no events will be recorded for log backend");
    return undefined;
  }
  const limit = (name: string): number => Number(flags.get(`audit-log-max${name}`) ?? 0);
  const write = files.openLog(log, { megabytes: limit("size"), backups: limit("backup"), days: limit("age") });
  return "problem" in write ? write : { policy, write, address: flags.get("advertise-address") ?? "127.0.0.1" };
}

/** Go's reading of a bool. */
function isTrue(value: string): boolean {
  return /^[1tT]/.test(value);
}

function authorizationProblems(modes: readonly string[], flags: Flags): string[] {
  const policy = flags.get("authorization-policy-file") ?? "";
  const webhook = flags.get("authorization-webhook-config-file") ?? "";
  const problems = modes.length === 0 ? ["at least one authorization-mode must be passed"] : [];
  for (const mode of modes) {
    if (!isAuthorizationMode(mode)) problems.push(`authorization-mode ${JSON.stringify(mode)} is not a valid mode`);
    if (mode === "ABAC" && policy === "")
      problems.push("authorization-mode ABAC's authorization policy file not passed");
    if (mode === "Webhook" && webhook === "")
      problems.push("authorization-mode Webhook's authorization config file not passed");
  }
  if (policy !== "" && !modes.includes("ABAC"))
    problems.push("cannot specify --authorization-policy-file without mode ABAC");
  if (webhook !== "" && !modes.includes("Webhook"))
    problems.push("cannot specify --authorization-webhook-config-file without mode Webhook");
  if (new Set(modes).size < modes.length) {
    const all = modes.map((mode) => JSON.stringify(mode)).join(" ");
    problems.push(`authorization-mode [${all}] has mode specified more than once`);
  }
  return problems;
}

function issuerProblems(issuers: readonly string[]): string[] {
  if (issuers.length === 0) return ["service-account-issuer is a required flag"];
  return issuers
    .filter((issuer) => issuer.includes(":") && !/^[a-z][a-z\d+.-]*:/i.test(issuer))
    .map((issuer) => {
      const why = `parse ${JSON.stringify(issuer)}: first path segment in URL cannot contain colon`;
      return `service-account-issuer ${JSON.stringify(issuer)} contained a ':' but was not a valid URL: ${why}`;
    });
}

function pluginProblems(enabled: readonly string[], disabled: readonly string[]): string[] {
  const unknown = (flag: string, names: readonly string[]): string[] =>
    names.filter((name) => !isAdmissionPlugin(name)).map((name) => `${flag} plugin ${JSON.stringify(name)} is unknown`);
  const both = [...new Set(enabled.filter((name) => disabled.includes(name)))].sort();
  return [
    ...unknown("enable-admission-plugins", enabled),
    ...unknown("disable-admission-plugins", disabled),
    ...(both.length > 0
      ? [`[${both.join(" ")}] in enable-admission-plugins and disable-admission-plugins overlapped`]
      : []),
  ];
}
