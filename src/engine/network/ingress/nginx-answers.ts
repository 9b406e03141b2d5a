/** What nginx answers with pages of its own. */
import type { ServedResponse } from "../../runtime/network-port.ts";
import { nginxBadRequest, nginxPage } from "../../runtime/nginx-page.ts";

export function page(status: number, headers: Record<string, string> = {}): ServedResponse {
  const body = nginxPage(status);
  return { status, headers: { "content-type": "text/html", "content-length": String(body.length), ...headers }, body };
}

export function moved(status: number, location: string): ServedResponse {
  return page(status, { location });
}

/** What is wrong with a request to a port of TLS: its codes 495, 496 and 497. */
export function badRequest(text: string): ServedResponse {
  const body = nginxBadRequest(text);
  return { status: 400, headers: { "content-type": "text/html", "content-length": String(body.length) }, body };
}
