/** Media types asked for and sent. Upstream: apiserver pkg/endpoints/handlers/negotiation. */
import type { HttpRequest } from "../../base/program.ts";
import { parseGoBool } from "../../base/go-errors.ts";
import type { Query } from "./url.ts";

export interface MediaType {
  type: string;
  parameters: Readonly<Record<string, string>>;
}

export function header(request: HttpRequest, name: string): string {
  const wanted = name.toLowerCase();
  for (const key in request.headers) {
    if (key.toLowerCase() === wanted) return request.headers[key] ?? "";
  }
  return "";
}

/** `a/b;k=v, c/d` in order. */
export function parseMediaTypes(text: string): MediaType[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
    .map((item) => {
      const [type = "", ...rest] = item.split(";").map((part) => part.trim());
      const pairs = rest.map((part): [string, string] => {
        const equals = part.indexOf("=");
        return equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
      });
      return { type: type.toLowerCase(), parameters: Object.fromEntries(pairs) };
    });
}

/** How an answer is to be shown: the object itself, a table, or metadata only. */
export type Shape = "object" | "table" | "metadata";

/** `pretty`: JSON on lines of its own, as people want to read it. */
export type Encoding = "json" | "pretty" | "yaml" | "protobuf";

export interface Accepted {
  shape: Shape;
  encoding: Encoding;
}

/** What JSON and everything else stands for, in the order in which a refusal names them. Custom resources have no protobuf. */
export const ENCODINGS: Readonly<Record<string, Encoding>> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "application/vnd.kubernetes.protobuf": "protobuf",
};

/** Browsers and command lines, by how their names begin. Upstream: apiserver negotiation.isPrettyPrint. */
const READ_BY_PEOPLE = /^(?:curl|Wget|Mozilla\/5\.0)/;

function isForPeople(http: HttpRequest, query: Query): boolean {
  const asked = query.get("pretty") ?? "";
  return asked === "" ? READ_BY_PEOPLE.test(header(http, "User-Agent")) : parseGoBool(asked) === true;
}

/** How JSON is written for who asks. */
export function jsonFor(http: HttpRequest, query: Query): "json" | "pretty" {
  return isForPeople(http, query) ? "pretty" : "json";
}

/** The first of the accepted media types that the server can make; undefined: none (406). `json`: how it is written. */
export function negotiate(
  accept: string,
  { protobuf, json = "json" }: { protobuf: boolean; json?: "json" | "pretty" },
): Accepted | undefined {
  if (accept.trim() === "") return { shape: "object", encoding: json };
  for (const { type, parameters } of parseMediaTypes(accept)) {
    const known = encodingOf(type);
    const encoding = known === "json" ? (parseGoBool(parameters["pretty"] ?? "") === true ? "pretty" : json) : known;
    if (encoding === undefined || (encoding === "protobuf" && !protobuf)) continue;
    const as = parameters["as"];
    if (as === undefined) return { shape: "object", encoding };
    if (parameters["g"] !== "meta.k8s.io" || parameters["v"] !== "v1") continue;
    // Tables have no protobuf.
    if (as === "Table" && encoding === "protobuf") continue;
    if (as === "Table") return { shape: "table", encoding };
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { shape: "metadata", encoding };
  }
  return undefined;
}

function encodingOf(type: string): Encoding | undefined {
  if (type === "*/*" || type === "application/*") return "json";
  return Object.hasOwn(ENCODINGS, type) ? ENCODINGS[type] : undefined;
}
