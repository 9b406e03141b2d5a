/** The part of S3 that `mc`, backups and tutorials use. Upstream: Amazon S3's API reference, MinIO cmd/api-router.go. */
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
  NotImplemented: [501, "A header you provided implies functionality that is not implemented in this playground"],
};

function problem(code: string, path: string): ServedResponse {
  const [status, text] = TEXTS[code] ?? [500, code];
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
    if (bucket === "") return method === "GET" ? this.buckets() : problem("NotImplemented", path);
    return key === "" ? this.onBucket(request, bucket) : this.onObject(request, bucket, key);
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
      const file = `${this.root}/${POLICIES}/${bucket}`;
      if (method === "GET") return { status: 200, body: this.policy(bucket) };
      this.fs.mkdir(`${this.root}/${POLICIES}`, { recursive: true });
      this.fs.writeFile(file, body);
      return { status: 204, body: "" };
    }
    if (method === "HEAD") return { status: 200, headers: { server: "MinIO" }, body: "" };
    if (method === "GET") return "location" in asked ? xml(200, "<LocationConstraint/>") : this.list(bucket, asked);
    if (method !== "DELETE") return problem("NotImplemented", path);
    if (this.objects(bucket).length > 0) return problem("BucketNotEmpty", path);
    this.fs.remove(this.folder(bucket), { recursive: true });
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

  private onObject({ method, path, query, headers, body }: ServedRequest, bucket: string, key: string): ServedResponse {
    if (!this.has(bucket)) return problem("NoSuchBucket", path);
    if (/(^|&)(uploads|uploadId|tagging|acl|retention|legal-hold)\b/.test(query))
      return problem("NotImplemented", path);
    const file = `${this.folder(bucket)}/${key}`;
    if (method === "PUT") {
      if (headers["x-amz-copy-source"] !== undefined) return problem("NotImplemented", path);
      this.fs.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      this.fs.writeFile(file, body);
      return { status: 200, headers: { etag: etag(body), server: "MinIO" }, body: "" };
    }
    const there = this.fs.exists(file) && this.fs.stat(file).type !== "directory";
    if (method === "DELETE") {
      if (there) this.fs.remove(file);
      return { status: 204, body: "" };
    }
    if (method !== "GET" && method !== "HEAD") return problem("NotImplemented", path);
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
