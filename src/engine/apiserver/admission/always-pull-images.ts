/** Images are pulled whenever a container starts, whatever the pod says. Upstream: plugin/pkg/admission/alwayspullimages. */
import type { Container, Pod, PodSpec } from "../../api/generated/types.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { onPodSpec } from "./pod-spec-memo.ts";

const ALWAYS = "Always";

const withPulls = onPodSpec((spec) => ({
  ...spec,
  containers: spec.containers.map(pulled),
  ...(spec.initContainers && { initContainers: spec.initContainers.map(pulled) }),
  ...(spec.ephemeralContainers && {
    ephemeralContainers: spec.ephemeralContainers.map((each) => ({ ...each, imagePullPolicy: ALWAYS })),
  }),
  ...(spec.volumes && {
    volumes: spec.volumes.map((volume) =>
      volume.image === undefined ? volume : { ...volume, image: { ...volume.image, pullPolicy: ALWAYS } },
    ),
  }),
}));

function pulled(container: Container): Container {
  return { ...container, imagePullPolicy: ALWAYS };
}

function imagesOf({ containers, initContainers = [], ephemeralContainers = [] }: PodSpec): (string | undefined)[] {
  return [...containers, ...initContainers, ...ephemeralContainers].map(({ image }) => image);
}

export const alwaysPullImages: AdmissionPlugin = {
  name: "AlwaysPullImages",
  resources: ["pods"],
  mutate(object, { operation, request, old }) {
    if (operation === "delete" || request.subresource !== "") return object;
    if (old !== undefined) {
      const before = imagesOf((old as Pod).spec);
      if (imagesOf((object as Pod).spec).every((image) => before.includes(image))) return object;
    }
    return withPulls(object);
  },
};
