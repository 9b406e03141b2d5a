/**
 * `kubeadm token`: bootstrap tokens, which are secrets of kube-system. Upstream: cmd/kubeadm/app/cmd/token.go,
 * cluster-bootstrap token/{api,util}.
 */
import type { Secret } from "../../../api/generated/types.ts";
import { parseGoDuration } from "../../../base/go-duration.ts";
import { secrets } from "../../../api/registry.ts";
import {
  BOOTSTRAP_NAMESPACE,
  BOOTSTRAP_TOKEN,
  BOOTSTRAP_TYPE,
  bootstrapSecretName,
} from "../../../apiserver/auth/authentication/bootstrap-token.ts";
import { decodeBase64, encodeBase64 } from "../../../base/base64.ts";
import type { ProgramContext } from "../../../base/program.ts";
import { formatTime, HOUR } from "../../../base/time.ts";
import { table } from "../text-table.ts";
import { joinCommand } from "./join-commands.ts";
import { adminClient } from "./admin-client.ts";
import { KubeadmError } from "./subcommand.ts";
import type { Subcommand } from "./subcommand.ts";

export const GROUP = "system:bootstrappers:kubeadm:default-node-token";
const DAY = 24 * HOUR;
const ID = /^[a-z0-9]{6}$/;
/** What upstream calls these two, as Go quotes them. */
const ID_PATTERN = '"\\\\A([a-z0-9]{6})\\\\z"';
export const TOKEN_PATTERN = '"\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"';
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const DEFAULT_TTL = "24h0m0s";

export const listTokens: Subcommand = {
  flags: "",
  *run(call) {
    const { now } = call.host.kubelet.sim;
    const { items } = adminClient(call)
      .resource(secrets)
      .list(BOOTSTRAP_NAMESPACE, { fieldSelector: `type=${BOOTSTRAP_TYPE}` });
    const rows = items.map((secret) => tokenRow(secret, now));
    if (rows.length > 0) yield* call.out(table([HEADINGS, ...rows]));
    return 0;
  },
};

export const generateToken: Subcommand = {
  flags: "",
  *run(call) {
    yield* call.out(`${newToken(call.ctx)}\n`);
    return 0;
  },
};

export const deleteToken: Subcommand = {
  flags: "",
  *run(call) {
    if (call.operands.length === 0) {
      throw new KubeadmError(`missing argument; 'token delete' is missing token of form ${ID_PATTERN}`);
    }
    for (const given of call.operands) {
      const id = BOOTSTRAP_TOKEN.exec(given)?.[1] ?? given;
      if (!ID.test(id)) {
        throw new KubeadmError(
          `given token ${JSON.stringify(given)} didn't match pattern ${ID_PATTERN} or ${TOKEN_PATTERN}`,
        );
      }
      adminClient(call).resource(secrets).delete(BOOTSTRAP_NAMESPACE, bootstrapSecretName(id));
      yield* call.out(`bootstrap token ${JSON.stringify(id)} deleted\n`);
    }
    return 0;
  },
};

export const createToken: Subcommand = {
  flags: "print-join-command:bool ttl description certificate-key",
  *run(call) {
    const client = adminClient(call);
    const text = call.operands[0] ?? newToken(call.ctx);
    const ttl = parseGoDuration(call.value("ttl") ?? DEFAULT_TTL);
    if (typeof ttl !== "number") {
      throw new KubeadmError(`invalid argument ${JSON.stringify(call.value("ttl"))} for "--ttl" flag: ${ttl.problem}`);
    }
    const { now } = call.host.kubelet.sim;
    const until = ttl === 0 ? undefined : now + ttl;
    client.resource(secrets).create(bootstrapSecret(text, { description: call.value("description"), until }));
    const key = call.value("certificate-key");
    const more = key === undefined ? "" : `--control-plane --certificate-key ${key}`;
    yield* call.out(call.has("print-join-command") ? `${joinCommand(call.host, text)}${more}\n` : `${text}\n`);
    return 0;
  },
};

export function newToken(ctx: Pick<ProgramContext, "random">): string {
  const text = (length: number): string =>
    Array.from({ length }, () => ALPHABET[ctx.random(ALPHABET.length)] as string).join("");
  return `${text(6)}.${text(16)}`;
}

/** Throws where a text is no token. */
export function readToken(text: string): { id: string; secret: string } {
  const [, id, secret] = BOOTSTRAP_TOKEN.exec(text) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  throw new KubeadmError(`the bootstrap token ${JSON.stringify(text)} was not of the form ${TOKEN_PATTERN}`);
}

/** `until`: its end; undefined: it has none. */
export function bootstrapSecret(
  text: string,
  { description, until }: { description: string | undefined; until: number | undefined },
): Secret {
  const { id, secret } = readToken(text);
  const values = {
    "auth-extra-groups": GROUP,
    ...(description !== undefined && { description }),
    ...(until !== undefined && { expiration: formatTime(until) }),
    "token-id": id,
    "token-secret": secret,
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
  };
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encodeBase64(value)]));
  return {
    metadata: { name: bootstrapSecretName(id), namespace: BOOTSTRAP_NAMESPACE },
    type: BOOTSTRAP_TYPE,
    data,
  } as Secret;
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
