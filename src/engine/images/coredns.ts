/** CoreDNS as kube-system runs it. What it answers is the network part's name server; here are its probes and its log. */
import { defineImage } from "./define-image.ts";

const VERSIONS = ["v1.11.1", "v1.11.3", "v1.12.0", "v1.12.1", "v1.12.4", "v1.13.1", "v1.14.0", "v1.14.1", "v1.14.2"];

export const coredns = defineImage({
  name: "registry.k8s.io/coredns/coredns",
  tags: Object.fromEntries(VERSIONS.map((tag) => [tag, { size: 22_400_000 }])),
  entrypoint: ["/coredns"],
  user: 65532,
  exposedPorts: [53],
  userland: "none",
  programs: (tag) => ({
    "/coredns": {
      kind: "server",
      start: (ctx) => {
        const ok = { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "OK" };
        ctx.listen(8080, ({ path }) => (path === "/health" ? ok : { status: 404, body: "404 page not found\n" }));
        ctx.listen(8181, ({ path }) => (path === "/ready" ? ok : { status: 404, body: "404 page not found\n" }));
        ctx.listen(53, () => ({ status: 400, body: "", hangs: true }));
        ctx.use({ cpuMillicores: 2, memoryBytes: 14 * 1024 * 1024 });
        ctx.log(".:53");
        ctx.log(`CoreDNS-${tag.slice(1)}`);
        ctx.log("linux/amd64, go1.25.3");
        const stop = (): void => {
          ctx.log("[INFO] SIGTERM: Shutting down servers then terminating");
          ctx.exit(0);
        };
        return { signals: { SIGTERM: stop, SIGINT: stop } };
      },
    },
  }),
});
