/** `kubectl set image`. Upstream: kubectl pkg/cmd/set/set_image.go. */
import type { Container, PodSpec } from "../../engine/api/generated/types.ts";
import { changedPodSpec, changeObjects, RECORDED_SET_FLAGS, splitChanges } from "../change-objects.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { NO_RESOURCES, usesFiles } from "../resource-builder.ts";

export const setImage = defineCommand({
  name: "image",
  short: "Update the image of a pod template",
  usage: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
  examples: ["kubectl set image deployment/web nginx=nginx:1.27"],
  flags: RECORDED_SET_FLAGS,
  completes: "resources",
  *run(call) {
    const { resources, changes } = splitChanges(call, call.args, "image");
    if (resources.length === 0 && !usesFiles(call)) throw new CommandError(NO_RESOURCES);
    if (changes.length === 0) throw new CommandError("at least one image update is required");
    const images = changes.map((change): [string, string] => {
      const equals = change.indexOf("=");
      return [change.slice(0, equals), change.slice(equals + 1)];
    });
    if (images.length > 1 && images.some(([name]) => name === "*")) {
      throw new CommandError(
        "all containers are already specified by *, but saw more than one container_name=container_image pairs",
      );
    }
    yield* changeObjects(call, {
      resources,
      operation: "image updated",
      failure: "failed to patch image update to pod template: ",
      *change(object, info, complain) {
        return changedPodSpec(object, info, (spec) => {
          for (const name of unknownContainers(spec, images)) {
            complain(new CommandError(`unable to find container named ${JSON.stringify(name)}`));
          }
          return withImages(spec, images);
        });
      },
    });
  },
});

function unknownContainers(spec: PodSpec, images: readonly (readonly [string, string])[]): string[] {
  const names = [...spec.containers, ...(spec.initContainers ?? [])].map((container) => container.name);
  return images.map(([name]) => name).filter((name) => name !== "*" && !names.includes(name));
}

/** Known containers get their images even where others are unknown. */
function withImages(spec: PodSpec, images: readonly (readonly [string, string])[]): PodSpec {
  const change = (container: Container): Container => {
    const image = images.findLast(([name]) => name === "*" || name === container.name)?.[1];
    return image === undefined || image === container.image ? container : { ...container, image };
  };
  return {
    ...spec,
    containers: spec.containers.map(change),
    ...(spec.initContainers != null && { initContainers: spec.initContainers.map(change) }),
  };
}
