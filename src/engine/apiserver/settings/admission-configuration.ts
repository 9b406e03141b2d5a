/**
 * The file behind `--admission-control-config-file`: settings of single plugins. Upstream: apiserver
 * pkg/admission/config.go, pkg/apis/apiserver/v1.
 *
 * **Simplified:** those of `READERS` are read; the server's log tells of the others.
 */
import { isObject } from "../../base/json.ts";
import { readYaml } from "../../base/yaml-text.ts";
import { eventRateLimits } from "../admission/event-rate-limit/settings.ts";
import type { EventLimit } from "../admission/event-rate-limit/settings.ts";
import { tolerationSettings } from "../admission/pod-toleration-restriction.ts";
import type { TolerationSettings } from "../admission/pod-toleration-restriction.ts";
import { imagePolicySettings } from "../admission/image-policy/settings.ts";
import type { ImagePolicySettings } from "../admission/image-policy/settings.ts";
import { podSecuritySettings } from "../admission/pod-security/settings.ts";
import type { PodSecuritySettings } from "../admission/pod-security/settings.ts";

type Read = (path: string) => string | undefined;

export interface PluginSettings {
  readonly podSecurity?: PodSecuritySettings;
  readonly imagePolicy?: ImagePolicySettings;
  readonly tolerations?: TolerationSettings;
  readonly eventLimits?: readonly EventLimit[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Plugins that have settings: each reads its own, or says what is wrong with them. */
const READERS: Readonly<Record<string, (fields: Fields, read: Read) => PluginSettings | string>> = {
  EventRateLimit: eventRateLimits,
  ImagePolicyWebhook: imagePolicySettings,
  PodSecurity: podSecuritySettings,
  PodTolerationRestriction: tolerationSettings,
};

/** Of the plugins that are on; `warnings` takes what the server's log is to tell. */
export function readPluginSettings(
  path: string,
  { enabled, read, warnings }: { enabled: ReadonlySet<string>; read: Read; warnings: string[] },
): PluginSettings | { problem: string } {
  const failed = (why: string): { problem: string } => ({ problem: `failed to initialize admission: ${why}` });
  const unread = (why: string): { problem: string } => failed(`failed to read plugin config: ${why}`);
  const plugins = path === "" ? [] : pluginsOf(path, read);
  if (typeof plugins === "string") return unread(plugins);
  let settings: PluginSettings = {};
  for (const { name, path: file, configuration } of plugins) {
    if (typeof name !== "string" || !enabled.has(name)) continue;
    const whole = typeof file === "string" && file !== "" ? fileOf(path, file) : undefined;
    const text = whole === undefined ? undefined : read(whole);
    if (whole !== undefined && text === undefined) return unread(`open ${whole}: no such file or directory`);
    const document = text === undefined ? { value: configuration } : readYaml(text);
    if ("problem" in document) return unread(document.problem);
    const fields = isObject(document.value) ? document.value : {};
    const plugin = READERS[name]?.(fields, read);
    if (plugin === undefined) {
      warnings.push(`Drydock reads the configuration of the admission plugin ${name} and does nothing about it`);
    } else if (typeof plugin === "string") {
      return failed(`couldn't init admission plugin ${JSON.stringify(name)}: ${plugin}`);
    } else settings = { ...settings, ...plugin };
  }
  if (enabled.has("EventRateLimit") && settings.eventLimits === undefined) {
    return failed(`couldn't init admission plugin "EventRateLimit": ${String(eventRateLimits({}))}`);
  }
  return enabled.has("ImagePolicyWebhook") && settings.imagePolicy === undefined
    ? failed(`couldn't init admission plugin "ImagePolicyWebhook": no config specified`)
    : settings;
}

/** Beside the file that names it, unless it says where. */
function fileOf(path: string, file: string): string {
  return file.startsWith("/") ? file : `${path.slice(0, path.lastIndexOf("/") + 1)}${file}`;
}

function pluginsOf(path: string, read: Read): Record<string, unknown>[] | string {
  const text = read(path);
  if (text === undefined) {
    const why = `open ${path}: no such file or directory`;
    return `unable to read admission control configuration from ${JSON.stringify(path)} [${why}]`;
  }
  const document = readYaml(text);
  if ("problem" in document) return document.problem;
  const { value } = document;
  if (!isObject(value) || typeof value["kind"] !== "string")
    return "Object 'Kind' is missing in admission configuration";
  const { kind, apiVersion, plugins } = value;
  if (
    kind !== "AdmissionConfiguration" ||
    !/^apiserver\.(config\.k8s\.io\/v1|k8s\.io\/v1alpha1)$/.test(String(apiVersion))
  ) {
    const what = `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion ?? "")}`;
    return `${what} in scheme "pkg/server/options/admission.go"`;
  }
  return Array.isArray(plugins) ? plugins.filter(isObject) : [];
}
