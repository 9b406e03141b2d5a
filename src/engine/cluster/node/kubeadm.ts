/**
 * kubeadm on a control-plane node: tokens and the ends of certificates.
 * Upstream: cmd/kubeadm/app/cmd (token.go, certs.go), cmd/kubeadm/app/util/apiclient.
 *
 * **Simplified:** nodes come with the preset: init, join, reset and upgrade say that they are not simulated.
 */
import type { Secret } from "../../api/generated/types.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { secrets } from "../../api/registry.ts";
import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import { sha256 } from "../../base/digests.ts";
import type { Program } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { formatTime, HOUR } from "../../base/time.ts";
import { parseCertificate } from "../../base/x509/certificate.ts";
import { parseGoDuration } from "../../api/meta/go-duration.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import { defineCommand } from "../../userland/command.ts";
import type { CommandIo } from "../../userland/command.ts";
import { KUBERNETES_IMAGE_TAG } from "../bootstrap.ts";
import { expirations } from "./certificate-expirations.ts";
import type { NodeHost } from "./node-host.ts";
import { table } from "./text-table.ts";

const USAGE = `kubeadm: easily bootstrap a secure Kubernetes cluster

Available Commands:
  certs       Commands related to handling Kubernetes certificates
  token       Manage bootstrap tokens
  version     Print the version of kubeadm`;
const TYPE = "bootstrap.kubernetes.io/token";
const NAMESPACE = "kube-system";
const GROUP = "system:bootstrappers:kubeadm:default-node-token";
const DAY = 24 * HOUR;
const ID = /^[a-z0-9]{6}$/;
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const ABSENT = ["init", "join", "reset", "upgrade", "config", "kubeconfig", "alpha"];

export function kubeadm(host: NodeHost): Program {
  return defineCommand({
    name: "kubeadm",
    usage: USAGE,
    options: {
      values: "o",
      long: { "output=": "o", "print-join-command": "J", "ttl=": "T", "description=": "D", "kubeconfig=": "K" },
    },
    *run(io): Call<number> {
      const [verb = "", action = "", ...rest] = io.operands;
      if (!host.isControlPlane && ["token", "certs"].includes(verb)) {
        return yield* fail(
          "failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory",
        );
      }
      try {
        if (verb === "version") return yield* version(io);
        if (verb === "token") return yield* token(host, io, [action, ...rest]);
        if (verb === "certs" && action === "check-expiration") {
          yield* io.out(expirations(host));
          return 0;
        }
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        return yield* fail(error.message);
      }
      if (verb === "") {
        yield* io.out(`${USAGE}\n`);
        return 0;
      }
      if (verb === "certs" || ABSENT.includes(verb)) {
        return yield* fail(
          `${[verb, action].join(" ").trim()} is not simulated: the cluster's nodes, version and certificates are what its preset says`,
        );
      }
      return yield* fail(`unknown command ${JSON.stringify(verb)} for "kubeadm"`);
    },
  }).program("debian");
}

function* fail(why: string): Call<number> {
  yield* write(2, `error: ${why}\nTo see the stack trace of this error execute with --v=5 or higher\n`);
  return 1;
}

function* version(io: CommandIo): Call<number> {
  const info = `&version.Info{Major:"1", Minor:"36", GitVersion:"${KUBERNETES_IMAGE_TAG}", Platform:"linux/amd64"}`;
  yield* io.out(io.value("o") === "short" ? `${KUBERNETES_IMAGE_TAG}\n` : `kubeadm version: ${info}\n`);
  return 0;
}

function* token(host: NodeHost, io: CommandIo, [action = "list", given = ""]: readonly string[]): Call<number> {
  const client = host.admin.resource(secrets);
  const { now } = host.kubelet.sim;
  if (action === "list") {
    const rows = client.list(NAMESPACE, { fieldSelector: `type=${TYPE}` }).items.map((secret) => tokenRow(secret, now));
    if (rows.length > 0) yield* io.out(table([HEADINGS, ...rows]));
    return 0;
  }
  if (action === "generate") {
    yield* io.out(`${newToken(io)}\n`);
    return 0;
  }
  if (action === "delete") {
    const id = TOKEN.exec(given)?.[1] ?? given;
    if (!ID.test(id))
      return yield* fail(
        `given token ${JSON.stringify(given)} didn't match pattern ${JSON.stringify(ID.source)} or "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"`,
      );
    client.delete(NAMESPACE, `bootstrap-token-${id}`);
    yield* io.out(`bootstrap token ${JSON.stringify(id)} deleted\n`);
    return 0;
  }
  if (action !== "create") return yield* fail(`unknown command ${JSON.stringify(action)} for "kubeadm token"`);
  const text = given === "" ? newToken(io) : given;
  const [, id, secret] = TOKEN.exec(text) ?? [];
  if (id === undefined || secret === undefined) {
    return yield* fail(
      `the bootstrap token ${JSON.stringify(text)} was not of the form "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"`,
    );
  }
  const ttl = parseGoDuration(io.value("T") ?? "24h");
  if (typeof ttl !== "number")
    return yield* fail(`invalid argument ${JSON.stringify(io.value("T"))} for "--ttl" flag: ${ttl.problem}`);
  client.create(bootstrapSecret({ id, secret, description: io.value("D") }, ttl === 0 ? undefined : now + ttl));
  yield* io.out(io.has("J") ? `${joinCommand(host, text)}\n` : `${text}\n`);
  return 0;
}

function newToken({ ctx }: CommandIo): string {
  const text = (length: number): string =>
    Array.from({ length }, () => ALPHABET[ctx.random(ALPHABET.length)] as string).join("");
  return `${text(6)}.${text(16)}`;
}

function bootstrapSecret(
  { id, secret, description }: { id: string; secret: string; description: string | undefined },
  end: number | undefined,
): Secret {
  const values = {
    "auth-extra-groups": GROUP,
    ...(description !== undefined && { description }),
    ...(end !== undefined && { expiration: formatTime(end) }),
    "token-id": id,
    "token-secret": secret,
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
  };
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encodeBase64(value)]));
  return { metadata: { name: `bootstrap-token-${id}`, namespace: NAMESPACE }, type: TYPE, data } as Secret;
}

/** The hash is that of the authority's public key, as `openssl dgst -sha256` has it. */
function joinCommand({ server, kubelet }: NodeHost, text: string): string {
  const publicKey = parseCertificate(clusterKeys(kubelet.sim).authority.certificate)?.publicKey ?? [];
  const where = server.replace("https://", "");
  return `kubeadm join ${where} --token ${text} --discovery-token-ca-cert-hash sha256:${sha256(publicKey)} `;
}

const HEADINGS = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"];

function tokenRow({ data = {} }: Secret, now: number): string[] {
  const value = (key: string): string => decodeBase64(data[key] ?? "");
  const end = value("expiration");
  const left = Date.parse(end) - now;
  const uses = ["authentication", "signing"].filter((use) => value(`usage-bootstrap-${use}`) === "true");
  return [
    `${value("token-id")}.${value("token-secret")}`,
    end === "" ? "<forever>" : left <= 0 ? "<invalid>" : shortSpan(left),
    end === "" ? "<never>" : end,
    uses.join(",") || "<none>",
    value("description") || "<none>",
    value("auth-extra-groups") || "<none>",
  ];
}

function shortSpan(ms: number): string {
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)}d`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)}h`;
  return ms >= 60_000 ? `${Math.floor(ms / 60_000)}m` : `${Math.floor(ms / 1000)}s`;
}
