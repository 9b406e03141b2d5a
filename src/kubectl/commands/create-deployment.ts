/** `kubectl create deployment`. Upstream: kubectl pkg/cmd/create/create_deployment.go. */
import { CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { CommandError } from "../errors.ts";
import { nameFromImage } from "../generators/pod.ts";
import { DEPLOYMENTS } from "../generators/resources.ts";

export const createDeployment = defineCommand({
  name: "deployment",
  aliases: ["deploy"],
  short: "Create a deployment with the specified name",
  usage: "NAME --image=image -- [COMMAND] [args...]",
  flags: [
    ...CREATE_FLAGS,
    { name: "image", type: "strings", required: true, usage: "Image; may be repeated for more containers." },
    { name: "port", type: "int", default: -1, usage: "Port that the container exposes." },
    { name: "replicas", short: "r", type: "int", default: 1, usage: "Number of pods." },
  ],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const images = call.flags.list("image");
    const command = call.dash < 0 ? [] : call.args.slice(call.dash);
    if (images.length > 1 && command.length > 0) {
      throw new CommandError("cannot specify multiple --image options and command");
    }
    const port = call.flags.int("port");
    const containers = images.map((image) => ({
      name: nameFromImage(image, (bound) => call.ctx.random(bound)),
      image,
      resources: {},
    }));
    const [first] = containers;
    const shown = containers.map((container) =>
      container === first
        ? {
            name: container.name,
            image: container.image,
            ...(command.length > 0 && { command }),
            ...(port >= 0 && { ports: [{ containerPort: port }] }),
            resources: {},
          }
        : container,
    );
    const labels = { app: name };
    yield* createObject(
      call,
      DEPLOYMENTS,
      {
        metadata: { name, labels },
        spec: {
          replicas: call.flags.int("replicas"),
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: shown } },
          strategy: {},
        },
        status: {},
      },
      { failure: "failed to create deployment: " },
    );
  },
});
