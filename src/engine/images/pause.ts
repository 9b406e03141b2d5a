import { defineImage } from "./define-image.ts";

export const pause = defineImage({
  name: "registry.k8s.io/pause",
  tags: { "3.9": { size: 321_520 }, "3.10": { size: 319_910 }, "3.10.1": { size: 320_448 } },
  entrypoint: ["/pause"],
  user: 65535,
  userland: "none",
  programs: () => ({
    "/pause": {
      kind: "server",
      start: (ctx) => ({ signals: { SIGTERM: () => ctx.exit(0), SIGINT: () => ctx.exit(0) } }),
    },
  }),
});
