/**
 * registry.k8s.io/hpa-example: php-apache of the autoscaler walkthrough, whose one page keeps a core busy for a while.
 * Upstream: kubernetes/kubernetes test/images and the documentation's page on HorizontalPodAutoscaler.
 */
import { apacheBindFails, phpApacheShows } from "./httpd.ts";
import { defineImage } from "./define-image.ts";
import type { ServerContext } from "./define-image.ts";

/** A million square roots. */
const CPU_MS_A_REQUEST = 8;

function serve(ctx: ServerContext) {
  ctx.use({ cpuMillicores: 1, memoryBytes: 12 * 1024 * 1024 });
  ctx.listen(80, () => {
    ctx.work(CPU_MS_A_REQUEST);
    return {
      status: 200,
      headers: { server: "Apache/2.4.10 (Debian)", "content-type": "text/html; charset=UTF-8" },
      body: "OK!",
    };
  });
  return { signals: { SIGTERM: () => ctx.exit(0), SIGWINCH: () => ctx.exit(0) } };
}

export const hpaExample = defineImage({
  name: "registry.k8s.io/hpa-example",
  tags: { latest: { size: 182_000_000 } },
  cmd: ["apache2-foreground"],
  workingDir: "/var/www/html",
  exposedPorts: [80],
  userland: "debian",
  programs: () => ({
    "/usr/local/bin/apache2-foreground": {
      kind: "server",
      start: serve,
      bindFails: apacheBindFails,
      shows: phpApacheShows,
    },
  }),
});
