/** hello-world: the first image of every Docker course. It says its greeting and ends. */
import { write } from "../base/syscalls.ts";
import { defineImage } from "./define-image.ts";

/** **Simplified:** the first lines of what the real one prints; the rest explains Docker. */
const GREETING = "\nHello from Docker!\nThis message shows that your installation appears to be working correctly.\n\n";

export const helloWorld = defineImage({
  name: "docker.io/library/hello-world",
  tags: Object.fromEntries(["latest", "linux"].map((tag) => [tag, { size: 10_072 }])),
  cmd: ["/hello"],
  userland: "none",
  programs: () => ({
    "/hello": {
      kind: "program",
      *run() {
        yield* write(1, GREETING);
        return 0;
      },
    },
  }),
});
