import { describe, expect, it } from "vitest";
import { formatRequest, formatResponse, parseRequest, parseResponse } from "./http-text.ts";

describe("HTTP messages as text", () => {
  it("reads what it writes", () => {
    const request = { method: "POST", path: "/a", query: "b=c", headers: { host: "x" }, body: "grüß" };
    expect(parseRequest(formatRequest(request))).toEqual({ ...request, headers: { host: "x", "content-length": "6" } });
    const response = { status: 404, headers: {}, body: "no\n" };
    expect(parseResponse(formatResponse(response))).toEqual({ ...response, headers: { "content-length": "3" } });
  });

  it("waits for the rest", () => {
    const text = formatRequest({ method: "GET", path: "/", query: "", headers: {}, body: "four" });
    expect(parseRequest(text.slice(0, -1))).toBeUndefined();
    expect(parseRequest("GET / HTTP/1.1\r\n")).toBeUndefined();
  });
});
