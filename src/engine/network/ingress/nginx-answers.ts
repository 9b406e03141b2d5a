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
