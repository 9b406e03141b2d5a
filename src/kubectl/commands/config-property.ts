/** `kubectl config set | unset`. Upstream: kubectl pkg/cmd/config/set.go, unset.go, navigation_step_parser.go. */
import { decodeBase64, encodeBase64 } from "../../engine/base/base64.ts";
import { parseGoBool } from "../../engine/base/go-errors.ts";
import { defineCommand } from "../command.ts";
import { loadConfig, saveConfig, wrongArguments } from "../config-file.ts";
import { CommandError } from "../errors.ts";
import type { Kubeconfig } from "../kubeconfig.ts";

/** Parts of the file with named entries, the field that holds an entry's settings, and upstream's type of it. */
const PARTS = {
  clusters: { field: "cluster", type: "api.Cluster" },
  contexts: { field: "context", type: "api.Context" },
  users: { field: "user", type: "api.AuthInfo" },
} as const;

type Part = keyof typeof PARTS;

/** What can be set in an entry, by type. */
const PROPERTIES: Readonly<Record<Part, Readonly<Record<string, "text" | "bool" | "bytes">>>> = {
  clusters: {
    server: "text",
    "tls-server-name": "text",
    "insecure-skip-tls-verify": "bool",
    "certificate-authority": "text",
    "certificate-authority-data": "bytes",
    "proxy-url": "text",
    "disable-compression": "bool",
  },
  contexts: { cluster: "text", user: "text", namespace: "text" },
  users: {
    "client-certificate": "text",
    "client-certificate-data": "bytes",
    "client-key": "text",
    "client-key-data": "bytes",
    token: "text",
    tokenFile: "text",
    username: "text",
    password: "text",
    as: "text",
    "as-uid": "text",
  },
};

type Target = { kind: "current-context" } | { kind: "part"; part: Part; name: string; property: string };

/**
 * `contexts.dev.namespace`: the entry's name may hold dots, as long as what follows is a property.
 * Simplified: `preferences` and extensions can't be reached.
 */
function parseProperty(text: string): Target {
  const steps = text.split(".");
  const [first = ""] = steps;
  if (text === "current-context") return { kind: "current-context" };
  if (!(first in PARTS)) throw new CommandError(`unable to parse ${text} after [] at api.Config`);
  const part = first as Part;
  if (steps.length === 1) return { kind: "part", part, name: "", property: "" };
  const property = steps.at(-1) ?? "";
  const known = steps.length > 2 && PROPERTIES[part][property] !== undefined;
  const name = (known ? steps.slice(1, -1) : steps.slice(1)).join(".");
  return { kind: "part", part, name, property: known ? property : "" };
}

export const setProperty = defineCommand({
  name: "set",
  short: "Set an individual value in a kubeconfig file",
  usage: "PROPERTY_NAME PROPERTY_VALUE",
  flags: [{ name: "set-raw-bytes", type: "bool", usage: "Binary values are given as they are, not in base64." }],
  completes: "none",
  *run(call) {
    const [name, text] = call.args;
    if (name === undefined || text === undefined || call.args.length !== 2) return yield* wrongArguments(call);
    const { config } = loadConfig(call);
    const target = parseProperty(name);
    if (target.kind === "current-context") saveConfig(call, { ...config, "current-context": text });
    else {
      const { part, name: entry, property } = target;
      const type = PROPERTIES[part][property];
      if (type === undefined) throw new CommandError(`unable to parse ${name} after [] at ${PARTS[part].type}`);
      const value =
        type === "bool" ? boolOf(text) : type === "bytes" ? bytesOf(text, call.flags.bool("set-raw-bytes")) : text;
      saveConfig(
        call,
        changedEntry(config, { part, name: entry }, (settings) => ({ ...settings, [property]: value })),
      );
    }
    yield* call.out(`Property ${JSON.stringify(name)} set.\n`);
    return undefined;
  },
});

export const unsetProperty = defineCommand({
  name: "unset",
  short: "Unset an individual value in a kubeconfig file",
  usage: "PROPERTY_NAME",
  completes: "none",
  *run(call) {
    const [name] = call.args;
    if (name === undefined || call.args.length !== 1) return yield* wrongArguments(call);
    const { config } = loadConfig(call);
    const target = parseProperty(name);
    if (target.kind === "current-context") saveConfig(call, { ...config, "current-context": "" });
    else {
      const { part, name: entry, property } = target;
      if (entry === "") saveConfig(call, { ...config, [part]: [] });
      else {
        if (!config[part].some((other) => other.name === entry)) {
          throw new CommandError(`current map key \`${entry}\` is invalid`);
        }
        saveConfig(
          call,
          property === ""
            ? { ...config, [part]: config[part].filter((other) => other.name !== entry) }
            : changedEntry(config, { part, name: entry }, ({ [property]: _, ...rest }) => rest),
        );
      }
    }
    yield* call.out(`Property ${JSON.stringify(name)} unset.\n`);
    return undefined;
  },
});

type Settings = Record<string, unknown>;

function changedEntry(
  config: Kubeconfig,
  at: { part: Part; name: string },
  change: (settings: Settings) => Settings,
): Kubeconfig {
  const { field } = PARTS[at.part];
  const list: readonly { name: string }[] = config[at.part];
  const fresh: Record<Part, Settings> = { clusters: { server: "" }, contexts: { cluster: "", user: "" }, users: {} };
  const known = list.find((entry) => entry.name === at.name);
  const settings = (known as Settings | undefined)?.[field] as Settings | undefined;
  const changed = { name: at.name, [field]: change(settings ?? fresh[at.part]) };
  const entries = known === undefined ? [...list, changed] : list.map((entry) => (entry === known ? changed : entry));
  return { ...config, [at.part]: entries };
}

function boolOf(text: string): boolean {
  const read = parseGoBool(text);
  if (typeof read !== "boolean") throw new CommandError(read.problem);
  return read;
}

function bytesOf(text: string, raw: boolean): string {
  if (raw) return encodeBase64(text);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    const wrong = text.search(/[^A-Za-z0-9+/=]/);
    throw new CommandError(
      `error decoding input value: illegal base64 data at input byte ${wrong < 0 ? text.length - (text.length % 4) : wrong}`,
    );
  }
  return encodeBase64(decodeBase64(text));
}
