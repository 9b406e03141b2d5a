/** `kubectl create secret`. Upstream: kubectl pkg/cmd/create/create_secret*.go. */
import { CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import { SECRETS } from "../generators/resources.ts";
import type { Invocation } from "../invocation.ts";
import { keyValues, SOURCE_FLAGS } from "../key-value-sources.ts";
import { toBase64 } from "../key-values.ts";
import { sortKeys } from "../printers/json.ts";
import { readText } from "../manifests.ts";

const FAILURE = { failure: "failed to create secret " };

function encoded(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, toBase64(value)]));
}

const generic = defineCommand({
  name: "generic",
  short: "Create a secret from a local file, directory, or literal value",
  usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
  flags: [...CREATE_FLAGS, ...SOURCE_FLAGS, { name: "type", type: "string", usage: "Type of the secret." }],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const { data, binaryData } = keyValues(call, { kind: "Secret", name });
    const all = sortKeys({ ...encoded(data), ...binaryData }) as Record<string, string>;
    const type = call.flags.string("type");
    yield* createObject(
      call,
      SECRETS,
      {
        metadata: { name },
        ...(Object.keys(all).length > 0 && { data: all }),
        ...(type !== "" && { type }),
      },
      FAILURE,
    );
  },
});

const tls = defineCommand({
  name: "tls",
  short: "Create a TLS secret",
  usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
  flags: [
    ...CREATE_FLAGS,
    { name: "cert", type: "string", usage: "Path of the PEM certificate." },
    { name: "key", type: "string", usage: "Path of the private key." },
    { name: "append-hash", type: "bool", usage: "Add a hash of the content to the name." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const key = call.flags.string("key");
    const cert = call.flags.string("cert");
    if (key === "" || cert === "") throw new CommandError("key and cert must be specified");
    const certText = pemText(call, cert);
    const keyText = pemText(call, key);
    // Simplified: that certificate and key belong together is not checked.
    if (!certText.includes("-----BEGIN CERTIFICATE-----") && PRIVATE_KEY.test(certText)) {
      throw new CommandError(
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
      );
    }
    if (!certText.includes("-----BEGIN CERTIFICATE-----")) {
      throw new CommandError("tls: failed to find any PEM data in certificate input");
    }
    if (!PRIVATE_KEY.test(keyText)) {
      throw new CommandError("tls: failed to find any PEM data in key input");
    }
    yield* createObject(
      call,
      SECRETS,
      { metadata: { name }, data: encoded({ "tls.crt": certText, "tls.key": keyText }), type: "kubernetes.io/tls" },
      FAILURE,
    );
  },
});

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

function pemText(call: Invocation, file: string): string {
  try {
    return readText(call, file);
  } catch (error) {
    if (error instanceof CommandError) throw new CommandError(`Cannot read file ${file}, ${error.message}`);
    throw error;
  }
}

const dockerRegistry = defineCommand({
  name: "docker-registry",
  short: "Create a secret for use with a Docker registry",
  usage:
    "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
  flags: [
    ...CREATE_FLAGS,
    { name: "docker-server", type: "string", default: "https://index.docker.io/v1/", usage: "Server of the registry." },
    { name: "docker-username", type: "string", usage: "User name for the registry." },
    { name: "docker-password", type: "string", usage: "Password for the registry." },
    { name: "docker-email", type: "string", usage: "Email for the registry." },
    { name: "from-file", type: "strings", usage: "[.dockerconfigjson=]path of the whole file." },
    { name: "append-hash", type: "bool", usage: "Add a hash of the content to the name." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    yield* createObject(
      call,
      SECRETS,
      {
        metadata: { name },
        data: { [dockerKey(call)]: toBase64(dockerConfig(call)) },
        type: "kubernetes.io/dockerconfigjson",
      },
      FAILURE,
    );
  },
});

function dockerKey(call: Invocation): string {
  const [file = ""] = call.flags.list("from-file");
  return file.includes("=") ? file.slice(0, file.indexOf("=")) : ".dockerconfigjson";
}

function dockerConfig(call: Invocation): string {
  const [file] = call.flags.list("from-file");
  if (file !== undefined) return readText(call, file.replace(/^[^=]*=/, ""));
  const [username, password, email, server] = ["username", "password", "email", "server"].map((part) =>
    call.flags.string(`docker-${part}`),
  );
  if (username === "" || password === "" || server === "") {
    throw new CommandError(
      "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
    );
  }
  const auth = toBase64(`${username}:${password}`);
  const text = JSON.stringify({
    auths: { [server ?? ""]: { username, password, ...(email !== "" && { email }), auth } },
  });
  return text.replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026");
}

export const createSecret = defineCommand({
  name: "secret",
  short: "Create a secret using a specified subcommand",
  usage: "(docker-registry | generic | tls)",
  helpToStderr: true,
  subcommands: [dockerRegistry, generic, tls],
});
