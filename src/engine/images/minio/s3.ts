/** The part of S3 that `mc`, backups and tutorials use. Upstream: Amazon S3's API reference, MinIO cmd/api-router.go. */
import { SystemError } from "../../base/program.ts";
import type { FileSystem } from "../../base/program.ts";
import { fnv1a32 } from "../../base/hash.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { formOf, pathWords } from "../applications/app-state.ts";

export interface Account {
  access: string;
  secret: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const POLICIES = ".minio.sys/policies";
const POLICY = /^(none|download|upload|public)$/;
/** What is read behind the question mark, of a bucket; of an object nothing is. */
const QUERIES: Readonly<Record<string, RegExp>> = {
  GET: /^(list-type|prefix|delimiter|location|policy)$/,
  PUT: /^policy$/,
  DELETE: /^policy$/,
};
/** Headers that ask for more than is done here: metadata, copies, encryption, conditions. */
const ASKS_MORE = /^(x-amz-(?!date$|content-sha256$)|if-(none-)?match$)/;

/** **Simplified:** stands where AWS' signature does: a checksum of what it would be computed from. */
export function signature({ access, secret }: Account, method: string, path: string): string {
  const hash = (seed: number): string => fnv1a32(`${access}:${secret}:${method}:${path}`, seed).toString(16);
  return [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => hash(seed).padStart(8, "0")).join("");
}

export function authorization(account: Account, method: string, path: string): string {
  const scope = `${account.access}/20260101/us-east-1/s3/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${signature(account, method, path)}`;
}

function xml(status: number, body: string): ServedResponse {
  return {
    status,
    headers: { "content-type": "application/xml", server: "MinIO" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const TEXTS: Readonly<Record<string, [status: number, text: string]>> = {
  AccessDenied: [403, "Access Denied."],
  InvalidAccessKeyId: [403, "The Access Key Id you provided does not exist in our records."],
  SignatureDoesNotMatch: [
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ],
  NoSuchBucket: [404, "The specified bucket does not exist"],
  NoSuchKey: [404, "The specified key does not exist."],
  InvalidBucketName: [400, "The specified bucket is not valid."],
  BucketAlreadyOwnedByYou: [409, "Your previous request to create the named bucket succeeded and you already own it."],
  BucketNotEmpty: [409, "The bucket you tried to delete is not empty"],
  MethodNotAllowed: [405, "The specified method is not allowed against this resource."],
  XMinioInvalidResourceName: [400, 'Resource name contains bad components such as ".." or ".".'],
  XMinioParentIsObject: [400, "Object-prefix is already an object, please choose a different object-prefix name."],
  XMinioObjectExistsAsDirectory: [409, "Object name already exists as a directory."],
  XMinioStorageFull: [
    507,
    "Storage backend has reached its minimum free drive threshold. Please delete a few objects to proceed.",
  ],
  InternalError: [500, "We encountered an internal error, please try again."],
};
const OF_ERRNO: Readonly<Record<string, string>> = {
  ENOTDIR: "XMinioParentIsObject",
  EEXIST: "XMinioParentIsObject",
  EISDIR: "XMinioObjectExistsAsDirectory",
  ENOSPC: "XMinioStorageFull",
};

function problem(code: string, path: string): ServedResponse {
  const [status, text] = TEXTS[code] ?? [500, code];
  return told(code, path, [status, text]);
}

/** `what` was asked for. */
function notThere(what: string, path: string): ServedResponse {
  return told("NotImplemented", path, [501, `Drydock: ${what} is not implemented in this playground`]);
}

function told(code: string, path: string, [status, text]: readonly [status: number, text: string]): ServedResponse {
  return xml(
    status,
    `<Error><Code>${code}</Code><Message>${text}</Message><Resource>${escaped(path)}</Resource></Error>`,
  );
}

export interface S3Object {
  key: string;
  size: number;
  modified: string;
}

/** Buckets are folders of the data directory, objects are files below them. */
export class S3 {
  private readonly fs: FileSystem;
  private readonly root: string;
  private readonly account: Account;

  constructor(options: { fs: FileSystem; root: string; account: Account }) {
    this.fs = options.fs;
    this.root = options.root.replace(/\/$/, "");
    this.account = options.account;
    this.fs.mkdir(`${this.root}/.minio.sys`, { recursive: true });
  }

  answer(request: ServedRequest): ServedResponse {
    const response = this.decided(request);
    return request.method === "HEAD" ? { ...response, body: "" } : response;
  }

  private decided(request: ServedRequest): ServedResponse {
    const { method, path } = request;
    const [bucket = "", ...words] = pathWords(path);
    const key = words.join("/");
    const refused = this.refusal(request, bucket, key);
    if (refused !== undefined) return problem(refused, path);
    if (!/^(GET|HEAD|PUT|DELETE|POST)$/.test(method)) return problem("MethodNotAllowed", path);
    const known = key === "" && bucket !== "" ? QUERIES[method] : undefined;
    const more =
      Object.keys(formOf(request.query)).find((name) => known?.test(name) !== true) ??
      Object.keys(request.headers).find((name) => ASKS_MORE.test(name));
    if (more !== undefined) return notThere(more, path);
    if (method === "POST" || (bucket === "" && method !== "GET")) return problem("MethodNotAllowed", path);
    if (bucket === "") return this.buckets();
    try {
      return key === "" ? this.onBucket(request, bucket) : this.onObject(request, bucket, key);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return problem(OF_ERRNO[error.errno] ?? "InternalError", path);
    }
  }

  private refusal({ method, path, headers }: ServedRequest, bucket: string, key: string): string | undefined {
    const [, access, given] = /Credential=([^/]+)\/.*Signature=(\w+)/.exec(headers["authorization"] ?? "") ?? [];
    if (access === undefined) {
      const policy = bucket === "" ? "none" : this.policy(bucket);
      const reads = key !== "" && /^(GET|HEAD)$/.test(method) && /^(download|public)$/.test(policy);
      const writes = key !== "" && /^(PUT|DELETE)$/.test(method) && /^(upload|public)$/.test(policy);
      return reads || writes ? undefined : "AccessDenied";
    }
    if (access !== this.account.access) return "InvalidAccessKeyId";
    return given === signature(this.account, method, path) ? undefined : "SignatureDoesNotMatch";
  }

  private folder(bucket: string): string {
    return `${this.root}/${bucket}`;
  }

  private has(bucket: string): boolean {
    return BUCKET.test(bucket) && this.fs.exists(this.folder(bucket));
  }

  private policy(bucket: string): string {
    const file = `${this.root}/${POLICIES}/${bucket}`;
    return this.fs.exists(file) ? this.fs.readFile(file) : "none";
  }

  private setPolicy(bucket: string, policy: string): void {
    const file = `${this.root}/${POLICIES}/${bucket}`;
    if (policy === "none") {
      if (this.fs.exists(file)) this.fs.remove(file);
      return;
    }
    this.fs.mkdir(`${this.root}/${POLICIES}`, { recursive: true });
    this.fs.writeFile(file, policy);
  }

  private stamp(path: string): string {
    return new Date(this.fs.stat(path).mtime).toISOString();
  }

  private buckets(): ServedResponse {
    const names = this.fs.readdir(this.root).filter((name) => this.has(name));
    const rows = names.map(
      (name) => `<Bucket><Name>${name}</Name><CreationDate>${this.stamp(this.folder(name))}</CreationDate></Bucket>`,
    );
    return xml(
      200,
      `<ListAllMyBucketsResult><Owner><ID>minio</ID></Owner><Buckets>${rows.join("")}</Buckets></ListAllMyBucketsResult>`,
    );
  }

  private onBucket({ method, path, query, body }: ServedRequest, bucket: string): ServedResponse {
    const asked = formOf(query);
    if (method === "PUT" && !("policy" in asked)) {
      if (!BUCKET.test(bucket)) return problem("InvalidBucketName", path);
      if (this.has(bucket)) return problem("BucketAlreadyOwnedByYou", path);
      this.fs.mkdir(this.folder(bucket), { recursive: true });
      return { status: 200, headers: { location: `/${bucket}`, server: "MinIO" }, body: "" };
    }
    if (!this.has(bucket)) return problem("NoSuchBucket", path);
    if ("policy" in asked) {
      // **Simplified:** its canned names alone, as mc sends them.
      if (method === "GET") return { status: 200, body: this.policy(bucket) };
      if (method === "PUT" && !POLICY.test(body)) return notThere("a policy other than mc's own", path);
      this.setPolicy(bucket, method === "PUT" ? body : "none");
      return { status: 204, body: "" };
    }
    if (method === "HEAD") return { status: 200, headers: { server: "MinIO" }, body: "" };
    if (method === "GET") return "location" in asked ? xml(200, "<LocationConstraint/>") : this.list(bucket, asked);
    if (this.objects(bucket).length > 0) return problem("BucketNotEmpty", path);
    this.fs.remove(this.folder(bucket), { recursive: true });
    // Or the next one of its name would be as open as it was.
    this.setPolicy(bucket, "none");
    return { status: 204, body: "" };
  }

  objects(bucket: string, below = ""): S3Object[] {
    return this.fs.readdir(`${this.folder(bucket)}/${below}`).flatMap((name) => {
      const path = `${this.folder(bucket)}/${below}${name}`;
      const { type, size } = this.fs.stat(path);
      if (type === "directory") return this.objects(bucket, `${below}${name}/`);
      return [{ key: `${below}${name}`, size, modified: this.stamp(path) }];
    });
  }

  private list(bucket: string, { prefix = "", delimiter = "" }: Readonly<Record<string, string>>): ServedResponse {
    const found = this.objects(bucket).filter(({ key }) => key.startsWith(prefix));
    const folders = new Set<string>();
    const own = found.filter(({ key }) => {
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (at >= 0) folders.add(key.slice(0, at + 1));
      return at < 0;
    });
    const contents = own.map(
      ({ key, size, modified }) =>
        `<Contents><Key>${escaped(key)}</Key><LastModified>${modified}</LastModified><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    );
    const common = [...folders].map((each) => `<CommonPrefixes><Prefix>${escaped(each)}</Prefix></CommonPrefixes>`);
    return xml(
      200,
      `<ListBucketResult><Name>${bucket}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${own.length + folders.size}</KeyCount><IsTruncated>false</IsTruncated>${contents.join("")}${common.join("")}</ListBucketResult>`,
    );
  }

  private onObject({ method, path, body }: ServedRequest, bucket: string, key: string): ServedResponse {
    if (!this.has(bucket)) return problem("NoSuchBucket", path);
    if (key.split("/").some((word) => word === "." || word === "..")) return problem("XMinioInvalidResourceName", path);
    if (key.endsWith("/") && method === "PUT") return notThere("an object whose name ends in a slash", path);
    const file = `${this.folder(bucket)}/${key}`;
    if (method === "PUT") {
      this.fs.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      this.fs.writeFile(file, body);
      return { status: 200, headers: { etag: etag(body), server: "MinIO" }, body: "" };
    }
    const there = this.fs.exists(file) && this.fs.stat(file).type !== "directory";
    if (method === "DELETE") {
      if (there) this.removeObject(bucket, key);
      return { status: 204, body: "" };
    }
    if (!there) return problem("NoSuchKey", path);
    const text = this.fs.readFile(file);
    const about = {
      "content-type": typeOf(key),
      etag: etag(text),
      "last-modified": new Date(this.stamp(file)).toUTCString(),
      "content-length": String(this.fs.stat(file).size),
      server: "MinIO",
    };
    return { status: 200, headers: about, body: text };
  }

  /** Folders go with the last object below them: a name may be an object's afterwards. */
  private removeObject(bucket: string, key: string): void {
    this.fs.remove(`${this.folder(bucket)}/${key}`);
    const words = key.split("/").slice(0, -1);
    for (; words.length > 0; words.pop()) {
      const folder = `${this.folder(bucket)}/${words.join("/")}`;
      if (this.fs.readdir(folder).length > 0) return;
      this.fs.remove(folder, { recursive: true });
    }
  }
}

function etag(text: string): string {
  return `"${[1, 2, 3, 4].map((seed) => fnv1a32(text, seed).toString(16).padStart(8, "0")).join("")}"`;
}

const TYPES: Readonly<Record<string, string>> = {
  txt: "text/plain",
  html: "text/html",
  json: "application/json",
  css: "text/css",
  js: "text/javascript",
  png: "image/png",
  jpg: "image/jpeg",
};

function typeOf(key: string): string {
  return TYPES[/\.(\w+)$/.exec(key)?.[1] ?? ""] ?? "application/octet-stream";
}
