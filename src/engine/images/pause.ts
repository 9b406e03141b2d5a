import { defineImage } from "./define-image.ts";
import { tags } from "./tags.ts";

export const pause = defineImage({
  name: "registry.k8s.io/pause",
  tags: {
    ...tags(0.3, "latest 1.0 2.0 3.0..8 0.8.0 go"),
    "3.9": { size: 321_520 },
    "3.10": { size: 319_910 },
    "3.10.1": { size: 320_448 },
    "3.10.2": { size: 320_448 },
  },
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
