/** What nginx answers with pages of its own. */
import type { ServedResponse } from "../../runtime/network-port.ts";
import { nginxPage } from "../../runtime/nginx-page.ts";

export function page(status: number, headers: Record<string, string> = {}): ServedResponse {
  const body = nginxPage(status);
  return { status, headers: { "content-type": "text/html", "content-length": String(body.length), ...headers }, body };
}

export function moved(status: number, location: string): ServedResponse {
  return page(status, { location });
}

/** What is wrong with a request to a port of TLS: its codes 495, 496 and 497. */
export function badRequest(text: string): ServedResponse {
  const lines = [
    "<html>",
    `<head><title>400 ${text}</title></head>`,
    "<body>",
    "<center><h1>400 Bad Request</h1></center>",
    `<center>${text}</center>`,
    "<hr><center>nginx</center>",
    "</body>",
    "</html>",
  ];
  const body = lines.map((line) => `${line}\r\n`).join("");
  return { status: 400, headers: { "content-type": "text/html", "content-length": String(body.length) }, body };
}
