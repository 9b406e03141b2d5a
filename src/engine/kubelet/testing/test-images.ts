import { defineImage } from "../../images/define-image.ts";

/** Ends with EXIT_CODE after LIFETIME milliseconds (both from its environment); without them it runs on. */
export const worker = defineImage({
  name: "docker.io/test/worker",
  tags: { latest: { size: 1_000_000 }, v1: { size: 1_000_000 } },
  cmd: ["/worker"],
  userland: "busybox",
  programs: () => ({
    "/worker": {
      kind: "server",
      start: (ctx) => {
        ctx.log(`hello from ${ctx.hostname}`);
        const lifetime = ctx.env["LIFETIME"];
        if (lifetime !== undefined) ctx.after(Number(lifetime), () => ctx.exit(Number(ctx.env["EXIT_CODE"] ?? 0)));
        return { signals: { SIGTERM: () => ctx.exit(0) } };
      },
    },
  }),
});
