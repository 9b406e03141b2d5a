import type { ImageDefinition } from "../runtime/containers/image.ts";

export type {
  BindFailure,
  ImageDefinition,
  ImageTag,
  Server,
  ServerContext,
  ServerHooks,
} from "../runtime/containers/image.ts";

export function defineImage(definition: ImageDefinition): ImageDefinition {
  return definition;
}
