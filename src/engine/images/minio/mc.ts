/**
 * `mc`, MinIO's client. Upstream: minio/mc cmd/*.go.
 *
 * **Simplified:** no progress bars, no versions, no mirrors; subcommands are those that are named in `COMMANDS`.
 */
import { isObject, parseJson } from "../../base/json.ts";
import { SystemError } from "../../base/program.ts";
import type { Program, ProgramContext } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { http, readAll, write } from "../../base/syscalls.ts";
import { checkFlags, Failure, parsed } from "./mc-flags.ts";
import type { Asked } from "./mc-flags.ts";
import { authorization } from "./s3.ts";

interface Alias {
  url: string;
  accessKey: string;
  secretKey: string;
}

/** A place at a server, or a file of this machine. */
type Place = { alias: Alias; name: string; bucket: string; key: string } | { file: string };

interface Answered {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

function configFile(ctx: ProgramContext): string {
  return `${ctx.env["MC_CONFIG_DIR"] ?? `${ctx.env["HOME"] ?? "/root"}/.mc`}/config.json`;
}

function aliasesOf(ctx: ProgramContext): Record<string, Alias> {
  const file = configFile(ctx);
  const kept = ctx.fs.exists(file) ? parseJson(ctx.fs.readFile(file)) : undefined;
  const aliases = isObject(kept) && isObject(kept["aliases"]) ? (kept["aliases"] as Record<string, unknown>) : {};
  const found: Record<string, Alias> = { ...(aliases as Record<string, Alias>) };
  for (const [name, value] of Object.entries(ctx.env)) {
    const alias = /^MC_HOST_(.+)$/.exec(name)?.[1];
    const [, scheme, accessKey = "", secretKey = "", host] = /^(https?:\/\/)([^:]+):(.+)@(.+)$/.exec(value) ?? [];
    if (alias !== undefined && scheme !== undefined)
      found[alias] = { url: `${scheme}${host ?? ""}`, accessKey, secretKey };
  }
  return found;
}

function placeOf(ctx: ProgramContext, word: string): Place {
  const [name = "", bucket = "", ...key] = word.split("/");
  const alias = aliasesOf(ctx)[name];
  return alias === undefined ? { file: word } : { alias, name, bucket, key: key.join("/") };
}

function remote(ctx: ProgramContext, word: string, doing: string): Exclude<Place, { file: string }> {
  const place = placeOf(ctx, word);
  if ("file" in place)
    throw new Failure(`Unable to ${doing} \`${word}\`. Requested file \`${ctx.cwd}/${word}\` not found`);
  return place;
}

function* ask(
  { url, accessKey, secretKey }: Alias,
  method: string,
  to: { path: string; query?: string; body?: string },
): Call<Answered> {
  const { path, query = "", body = "" } = to;
  const headers = { authorization: authorization({ access: accessKey, secret: secretKey }, method, path) };
  try {
    const response = yield* http({
      method,
      url: `${url.replace(/\/$/, "")}${path}${query}`,
      headers,
      body,
      timeoutMs: 30_000,
    });
    return { ...response, body: yield* readAll(response.body) };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const host = url.replace(/^https?:\/\//, "");
    const why =
      error.errno === "ENOTFOUND"
        ? `dial tcp: lookup ${host.replace(/:\d+$/, "")}: no such host`
        : error.errno === "ECONNREFUSED"
          ? `dial tcp ${host}: connect: connection refused`
          : `dial tcp ${host}: i/o timeout`;
    throw new Failure(`Get "${url}${path}": ${why}`);
  }
}

/** As `ask`, where a refusal ends the command. */
function* must(
  alias: Alias,
  method: string,
  to: { path: string; query?: string; body?: string; doing: string },
): Call<Answered> {
  let response: Answered;
  try {
    response = yield* ask(alias, method, to);
  } catch (error) {
    if (error instanceof Failure) throw new Failure(`Unable to ${to.doing}. ${error.message}`);
    throw error;
  }
  if (response.status < 300) return response;
  const told = /<Message>([^<]*)/.exec(response.body)?.[1];
  const text = told ?? (response.status === 404 ? "Object does not exist" : `status ${response.status}`);
  throw new Failure(`Unable to ${to.doing}. ${text}`);
}

const path = (bucket: string, key = ""): string =>
  `/${[bucket, ...key.split("/")].map(encodeURIComponent).join("/")}`.replace(/\/$/, "");

function fieldsOf(body: string, tag: string): Record<string, string>[] {
  return [...body.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))].map(([, inside = ""]) =>
    Object.fromEntries(
      [...inside.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name = "", text = ""]) => [name, plain(text)]),
    ),
  );
}

function plain(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function sized(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  let size = bytes;
  for (; size >= 1024 && at < units.length - 1; at++) size /= 1024;
  return `${at === 0 ? size : size.toFixed(1)}${units[at] ?? ""}`;
}

function row(modified: string, size: string, name: string): string {
  return `[${modified.slice(0, 19).replace("T", " ")} UTC] ${size.padStart(6)} ${name}\n`;
}

type Command = (ctx: ProgramContext, asked: Asked) => Call<number>;

function* objectsBelow(place: Exclude<Place, { file: string }>, doing: string): Call<string[]> {
  const query = `?list-type=2&prefix=${encodeURIComponent(place.key)}`;
  const { body } = yield* must(place.alias, "GET", { path: path(place.bucket), query, doing });
  return fieldsOf(body, "Contents").map(({ Key = "" }) => Key);
}

function* alias(ctx: ProgramContext, { operands }: Asked): Call<number> {
  const [action = "list", name = "", url = "", accessKey = "", secretKey = ""] = operands;
  const all = aliasesOf(ctx);
  const file = configFile(ctx);
  const keep = (aliases: Record<string, Alias>): void => {
    ctx.fs.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    ctx.fs.writeFile(file, `${JSON.stringify({ version: "10", aliases }, undefined, "\t")}\n`);
  };
  if (action === "list" || action === "ls") {
    for (const [each, { url: at, accessKey: key }] of Object.entries(all))
      if (name === "" || name === each)
        yield* write(1, `${each}\n  URL       : ${at}\n  AccessKey : ${key}\n  API       : s3v4\n`);
    return 0;
  }
  if (action === "remove" || action === "rm") {
    const { [name]: gone, ...rest } = all;
    if (gone === undefined) throw new Failure(`No such alias \`${name}\` found.`);
    keep(rest);
    yield* write(1, `Removed \`${name}\` successfully.\n`);
    return 0;
  }
  if (action !== "set" && action !== "add")
    throw new Failure(`\`alias ${action}\` is not simulated in this playground`);
  if (!/^https?:\/\//.test(url)) throw new Failure(`Invalid URL \`${url}\`.`);
  const made: Alias = { url, accessKey, secretKey };
  yield* must(made, "GET", { path: "/", doing: "initialize new alias from the provided credentials" });
  keep({ ...all, [name]: made });
  yield* write(1, `Added \`${name}\` successfully.\n`);
  return 0;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  alias,
  *config(ctx, { operands, flags }) {
    const [what, ...rest] = operands;
    if (what !== "host") throw new Failure("`config` is not simulated in this playground beyond `config host`");
    return yield* alias(ctx, { operands: rest, flags });
  },
  *mb(ctx, { operands, flags }) {
    for (const word of operands) {
      const { alias: at, bucket } = remote(ctx, word, "make bucket");
      const doing = `make bucket \`${word}\``;
      const before = flags.has("ignore-existing") ? (yield* ask(at, "HEAD", { path: path(bucket) })).status : 404;
      if (before !== 200) yield* must(at, "PUT", { path: path(bucket), doing });
      yield* write(1, `Bucket created successfully \`${word}\`.\n`);
    }
    return 0;
  },
  *rb(ctx, { operands, flags }) {
    for (const word of operands) {
      const place = remote(ctx, word, "remove bucket");
      const doing = `remove \`${word}\``;
      if (flags.has("force"))
        for (const key of yield* objectsBelow(place, doing))
          yield* must(place.alias, "DELETE", { path: path(place.bucket, key), doing });
      yield* must(place.alias, "DELETE", { path: path(place.bucket), doing });
      yield* write(1, `Removed \`${word}\` successfully.\n`);
    }
    return 0;
  },
  *ls(ctx, { operands, flags }) {
    const [word = ""] = operands;
    const place = remote(ctx, word, "list folder");
    const doing = "list folder";
    if (place.bucket === "") {
      const { body } = yield* must(place.alias, "GET", { path: "/", doing });
      for (const { Name = "", CreationDate = "" } of fieldsOf(body, "Bucket"))
        yield* write(1, row(CreationDate, "0B", `${Name}/`));
      return 0;
    }
    const query = `?list-type=2&prefix=${encodeURIComponent(place.key)}${flags.has("recursive") ? "" : "&delimiter=%2F"}`;
    const { body } = yield* must(place.alias, "GET", { path: path(place.bucket), query, doing });
    const cut = place.key.slice(0, place.key.lastIndexOf("/") + 1).length;
    for (const { Prefix = "" } of fieldsOf(body, "CommonPrefixes"))
      yield* write(1, row(new Date(ctx.now()).toISOString(), "0B", Prefix.slice(cut)));
    for (const { Key = "", LastModified = "", Size = "0" } of fieldsOf(body, "Contents"))
      yield* write(1, row(LastModified, sized(Number(Size)), `STANDARD ${Key.slice(cut)}`));
    return 0;
  },
  *cat(ctx, { operands }) {
    for (const word of operands) {
      const place = remote(ctx, word, "read from");
      const to = { path: path(place.bucket, place.key), doing: `read from \`${word}\`` };
      yield* write(1, (yield* must(place.alias, "GET", to)).body);
    }
    return 0;
  },
  *pipe(ctx, { operands: [word = ""] }) {
    const place = remote(ctx, word, "write to");
    const body = yield* readAll(0);
    yield* must(place.alias, "PUT", { path: path(place.bucket, place.key), body, doing: `write to \`${word}\`` });
    yield* write(1, `${sized(body.length)} / ? ┃ 100%\n`);
    return 0;
  },
  *cp(ctx, { operands, flags }) {
    const target = operands.at(-1) ?? "";
    if (operands.length < 2) throw new Failure("Unable to validate the arguments. Invalid arguments provided");
    for (const source of operands.slice(0, -1)) yield* copy(ctx, source, { target, deep: flags.has("recursive") });
    return 0;
  },
  *rm(ctx, { operands, flags }) {
    for (const word of operands) {
      const place = remote(ctx, word, "remove");
      const doing = `remove \`${word}\``;
      const deep = flags.has("recursive");
      if (deep && !flags.has("force"))
        throw new Failure(
          "Removal requires --force flag. This operation is *IRREVERSIBLE*. Please review carefully before performing this *DANGEROUS* operation.",
        );
      for (const key of deep ? yield* objectsBelow(place, doing) : [place.key]) {
        const at = { path: path(place.bucket, key), doing };
        if (!deep) yield* must(place.alias, "HEAD", at);
        yield* must(place.alias, "DELETE", at);
        yield* write(1, `Removed \`${place.name}/${place.bucket}/${key}\`.\n`);
      }
    }
    return 0;
  },
  *stat(ctx, { operands: [word = ""] }) {
    const place = remote(ctx, word, "stat");
    const { headers } = yield* must(place.alias, "HEAD", {
      path: path(place.bucket, place.key),
      doing: `stat \`${word}\``,
    });
    const lines = [
      `Name      : ${place.key.replace(/^.*\//, "") || place.bucket}`,
      ...(place.key === ""
        ? []
        : [
            `Date      : ${headers["last-modified"] ?? ""}`,
            `Size      : ${sized(Number(headers["content-length"] ?? 0))}`,
          ]),
      ...(place.key === "" ? [] : [`ETag      : ${(headers["etag"] ?? "").replaceAll('"', "")}`]),
      `Type      : ${place.key === "" ? "folder" : "file"}`,
    ];
    yield* write(1, `${lines.join("\n")}\n`);
    return 0;
  },
  *anonymous(ctx, { operands: [action = "", policy = "", word = ""] }) {
    const subject = action === "set" ? word : policy;
    const place = remote(ctx, subject, "access");
    const to = { path: path(place.bucket), query: "?policy", doing: `${action} policy of \`${subject}\`` };
    if (action === "get") {
      const { body } = yield* must(place.alias, "GET", to);
      yield* write(1, `Access permission for \`${subject}\` is \`${body === "none" ? "private" : body}\`\n`);
      return 0;
    }
    const known = action === "set" && /^(none|private|download|upload|public)$/.test(policy);
    if (!known) throw new Failure(`\`anonymous ${action} ${policy}\` is not simulated in this playground`);
    yield* must(place.alias, "PUT", { ...to, body: policy === "private" ? "none" : policy });
    yield* write(1, `Access permission for \`${subject}\` is set to \`${policy}\`\n`);
    return 0;
  },
  *ready(ctx, { operands: [word = ""] }) {
    const place = remote(ctx, word, "connect to");
    const { status } = yield* ask(place.alias, "GET", { path: "/minio/health/ready" });
    yield* write(1, `The cluster is ${status === 200 ? "ready" : "not ready"}\n`);
    return status === 200 ? 0 : 1;
  },
  *admin(ctx, { operands: [action = "", word = ""] }) {
    if (action !== "info") throw new Failure(`\`admin ${action}\` is not simulated in this playground`);
    const place = remote(ctx, word, "get service info of");
    const { body } = yield* must(place.alias, "GET", { path: "/", doing: "get service info" });
    const host = place.alias.url.replace(/^https?:\/\//, "");
    yield* write(
      1,
      `●  ${host}\n\n${fieldsOf(body, "Bucket").length} Buckets\nDrydock: of servers and drives it knows nothing in this playground\n`,
    );
    return 0;
  },
};

function* copy(ctx: ProgramContext, source: string, { target, deep }: { target: string; deep: boolean }): Call<void> {
  const from = placeOf(ctx, source);
  const base = source.replace(/\/$/, "").replace(/^.*\//, "");
  if ("file" in from && !ctx.fs.exists(source))
    throw new Failure(`Unable to validate source \`${source}\`: Object does not exist`);
  if ("file" in from && ctx.fs.stat(source).type === "directory") {
    if (!deep) throw new Failure(`To copy or move '${source}' the --recursive flag is required.`);
    for (const name of ctx.fs.readdir(source)) {
      const below = source.endsWith("/") ? target : `${target.replace(/\/$/, "")}/${base}`;
      yield* copy(ctx, `${source.replace(/\/$/, "")}/${name}`, { target: `${below.replace(/\/$/, "")}/`, deep });
    }
    return;
  }
  if (!("file" in from) && deep) {
    for (const key of yield* objectsBelow(from, `copy \`${source}\``)) {
      const rest = key.slice(from.key.lastIndexOf("/") + 1);
      const whole = `${from.name}/${from.bucket}/${key}`;
      yield* copy(ctx, whole, { target: `${target.replace(/\/$/, "")}/${rest}`, deep: false });
    }
    return;
  }
  const text =
    "file" in from
      ? ctx.fs.readFile(source)
      : (yield* must(from.alias, "GET", { path: path(from.bucket, from.key), doing: `copy \`${source}\`` })).body;
  const to = placeOf(ctx, target);
  let end = target;
  if ("file" in to) {
    if (target.endsWith("/") || (ctx.fs.exists(target) && ctx.fs.stat(target).type === "directory"))
      end = `${target.replace(/\/$/, "")}/${base}`;
    ctx.fs.mkdir(end.slice(0, end.lastIndexOf("/")) || ".", { recursive: true });
    ctx.fs.writeFile(end, text);
  } else {
    const key = to.key === "" || to.key.endsWith("/") ? `${to.key}${base}` : to.key;
    end = `${to.name}/${to.bucket}/${key}`;
    yield* must(to.alias, "PUT", { path: path(to.bucket, key), body: text, doing: `copy \`${source}\`` });
  }
  yield* write(1, `\`${source}\` -> \`${end}\`\n`);
}

export const mc: Program = function* (ctx, argv) {
  const words = argv.slice(1);
  if (words[0] === "--version" || words[0] === "-v") {
    yield* write(1, "mc version RELEASE.2025-04-16T18-13-26Z\n");
    return 0;
  }
  try {
    const { name, operands, flags } = parsed(words);
    const command = COMMANDS[name];
    if (name === "") throw new Failure("NAME:\n  mc - MinIO Client for object storage and filesystems.");
    if (command === undefined)
      throw new Failure(`\`${name}\` is not a recognized command. Get help using \`--help\` flag.`);
    checkFlags(name, flags);
    return yield* command(ctx, { operands, flags });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    yield* write(2, `mc: <ERROR> ${error.message}${error.message.endsWith(".") ? "" : "."}\n`);
    return 1;
  }
};
