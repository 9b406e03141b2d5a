/** agnhost's `liveness`: well for ten seconds, then not until it is restarted. Upstream: test/images/agnhost/liveness. */
import type { ServedResponse } from "../../runtime/network-port.ts";
import type { ServerContext } from "../define-image.ts";

const PORT = 8080;
const WELL_SECONDS = 10;
/** **Simplified:** these misbehave in other ways when they are asked to; here they say that they aren't simulated. */
const ABSENT = /^\/((sleep|disconnect)-(headers|body)|slow-response|redirect)$/;

export function liveness(ctx: ServerContext): void {
  const started = ctx.now();
  const plain = (status: number, body: string): ServedResponse => ({
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "content-length": String(body.length) },
    body,
  });
  ctx.listen(PORT, ({ path }) => {
    const seconds = (ctx.now() - started) / 1000;
    if (path === "/started") return plain(200, `${seconds}s`);
    if (path === "/healthz") return seconds > WELL_SECONDS ? plain(500, `error: ${seconds}`) : plain(200, "ok");
    return ABSENT.test(path)
      ? plain(501, `${path} is not supported by this look-alike of agnhost\n`)
      : plain(404, "404 page not found\n");
  });
}
