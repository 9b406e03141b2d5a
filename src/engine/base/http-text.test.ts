import { describe, expect, it } from "vitest";
import { formatRequest, formatResponse, parseRequest, parseResponse, wireName } from "./http-text.ts";

describe("HTTP messages as text", () => {
  it("reads what it writes", () => {
    const request = { method: "POST", path: "/a", query: "b=c", headers: { host: "x" }, body: "grüß" };
    expect(parseRequest(formatRequest(request))).toEqual({ ...request, headers: { host: "x", "content-length": "6" } });
    const response = { status: 404, headers: {}, body: "no\n" };
    expect(parseResponse(formatResponse(response))).toEqual({ ...response, headers: { "content-length": "3" } });
  });

  it("spells headers as servers of HTTP/1.1 do, and leaves those that were spelt", () => {
    const names = ["content-type", "etag", "www-authenticate", "x-request-id", "X-XSS-Protection"];
    expect(names.map(wireName)).toEqual([
      "Content-Type",
      "ETag",
      "WWW-Authenticate",
      "X-Request-Id",
      "X-XSS-Protection",
    ]);
    expect(formatResponse({ status: 404, headers: { etag: '"1"' }, body: "x" })).toBe(
      'HTTP/1.1 404 Not Found\r\nETag: "1"\r\nContent-Length: 1\r\n\r\nx',
    );
  });

  it("has bodies in chunks", () => {
    const headers = { "transfer-encoding": "chunked" };
    const text = formatResponse({ status: 200, headers, body: "grüß\nyou" });
    expect(text).toBe("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ngrüß\n\r\n3\r\nyou\r\n0\r\n\r\n");
    expect(parseResponse(text)).toEqual({ status: 200, headers, body: "grüß\nyou" });
    expect([parseResponse(text.slice(0, -6)), parseResponse(text.slice(0, -12))]).toEqual([undefined, undefined]);
  });

  it("waits for the rest", () => {
    const text = formatRequest({ method: "GET", path: "/", query: "", headers: {}, body: "four" });
    expect(parseRequest(text.slice(0, -1))).toBeUndefined();
    expect(parseRequest("GET / HTTP/1.1\r\n")).toBeUndefined();
  });
});
