/** `kubectl config set-credentials`. Upstream: kubectl pkg/cmd/config/set_credentials.go. */
import { isObject } from "../../engine/base/json.ts";
import { defineCommand } from "../command.ts";
import { loadConfig, saveConfig, withEntry, wrongArguments } from "../config-file.ts";
import { embeddedFile, filePath } from "../config-paths.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";

type Entry = Record<string, unknown>;

export const setCredentials = defineCommand({
  name: "set-credentials",
  short: "Set a user entry in kubeconfig",
  usage:
    "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]",
  flags: [
    { name: "client-certificate", type: "string", usage: "Path of the client's certificate." },
    { name: "client-key", type: "string", usage: "Path of the client's key." },
    { name: "embed-certs", type: "bool", usage: "Keep certificate and key as text, not as paths." },
    { name: "token", type: "string", usage: "Bearer token." },
    { name: "username", type: "string", usage: "Name for basic authentication." },
    { name: "password", type: "string", usage: "Password for basic authentication." },
    { name: "auth-provider", type: "string", usage: "Name of an authentication provider." },
    { name: "auth-provider-arg", type: "strings", usage: "key=value for the provider; key- removes." },
    { name: "exec-command", type: "string", usage: "Program that prints credentials." },
    { name: "exec-api-version", type: "string", usage: "API version that the program speaks." },
    { name: "exec-arg", type: "strings", usage: "Arguments of the program." },
    { name: "exec-env", type: "array", usage: "key=value of the program's environment; key- removes." },
    { name: "exec-interactive-mode", type: "string", usage: "Never, IfAvailable or Always." },
    { name: "exec-provide-cluster-info", type: "bool", usage: "The program gets to know the cluster." },
  ],
  completes: "none",
  *run(call) {
    const [name] = call.args;
    if (name === undefined || call.args.length !== 1) return yield* wrongArguments(call, "unexpected");
    check(call);
    const { config } = loadConfig(call);
    const user: Entry = { ...config.users.find((entry) => entry.name === name)?.user };
    setFiles(call, user);
    setSecrets(call, user);
    setProvider(call, user);
    setExec(call, user);
    saveConfig(call, { ...config, users: withEntry(config.users, { name, user }) });
    yield* call.out(`User ${JSON.stringify(name)} set.\n`);
    return undefined;
  },
});

function check({ flags }: Invocation): void {
  const methods = [
    ...(flags.string("token") === "" ? [] : ["--token"]),
    ...(flags.string("username") === "" && flags.string("password") === "" ? [] : ["--username/--password"]),
  ];
  if (methods.length > 1) {
    throw new CommandError(
      `you cannot specify more than one authentication method at the same time: ${methods.join(", ")}`,
    );
  }
  if (flags.bool("embed-certs") && flags.string("client-certificate") === "" && flags.string("client-key") === "") {
    throw new CommandError("you must specify a --client-certificate or --client-key to embed");
  }
}

function put(entry: Entry, key: string, value: unknown): void {
  if (value === "" || value === undefined) delete entry[key];
  else entry[key] = value;
}

function setFiles(call: Invocation, user: Entry): void {
  for (const flag of ["client-certificate", "client-key"]) {
    if (!call.flags.changed(flag)) continue;
    const path = call.flags.string(flag);
    const embed = call.flags.bool("embed-certs");
    put(user, `${flag}-data`, embed && path !== "" ? embeddedFile(call, flag, path) : "");
    put(user, flag, embed ? "" : filePath(call, path));
  }
}

/** A token and a password exclude one another. */
function setSecrets({ flags }: Invocation, user: Entry): void {
  const others: Readonly<Record<string, readonly string[]>> = {
    token: ["username", "password"],
    username: ["token"],
    password: ["token"],
  };
  for (const [flag, removed] of Object.entries(others)) {
    if (!flags.changed(flag)) continue;
    put(user, flag, flags.string(flag));
    if (flags.string(flag) !== "") for (const key of removed) delete user[key];
  }
}

function setProvider({ flags }: Invocation, user: Entry): void {
  if (flags.changed("auth-provider")) user["auth-provider"] = { config: {}, name: flags.string("auth-provider") };
  const provider = user["auth-provider"];
  if (!flags.changed("auth-provider-arg") || !isObject(provider)) return;
  const settings: Entry = { ...(isObject(provider["config"]) ? provider["config"] : {}) };
  for (const [key, value] of pairs(flags.list("auth-provider-arg"))) put(settings, key, value);
  user["auth-provider"] = { ...provider, config: settings };
}

function setExec({ flags }: Invocation, user: Entry): void {
  if (flags.changed("exec-command")) {
    user["exec"] = { command: flags.string("exec-command"), env: null, provideClusterInfo: false };
    delete user["auth-provider"];
  }
  const known = user["exec"];
  if (!isObject(known)) return;
  const exec: Entry = { ...known };
  if (flags.changed("exec-api-version")) exec["apiVersion"] = flags.string("exec-api-version");
  if (flags.changed("exec-arg")) exec["args"] = flags.list("exec-arg");
  if (flags.changed("exec-interactive-mode")) exec["interactiveMode"] = flags.string("exec-interactive-mode");
  if (flags.changed("exec-provide-cluster-info")) exec["provideClusterInfo"] = flags.bool("exec-provide-cluster-info");
  if (flags.changed("exec-env")) {
    const env = new Map(
      ((exec["env"] ?? []) as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
    );
    for (const [key, value] of pairs(flags.list("exec-env"))) {
      if (value === undefined) env.delete(key);
      else env.set(key, value);
    }
    exec["env"] = [...env].map(([name, value]) => ({ name, value }));
  }
  user["exec"] = exec;
}

/** `key=value`; `key-` comes without a value. */
function pairs(specs: readonly string[]): [string, string | undefined][] {
  return specs.map((spec) => {
    const equals = spec.indexOf("=");
    if (equals >= 0) return [spec.slice(0, equals), spec.slice(equals + 1)];
    if (!spec.endsWith("-"))
      throw new CommandError(`Error parsing environment or argument ${JSON.stringify(spec)}: invalid key=value pair`);
    return [spec.slice(0, -1), undefined];
  });
}
