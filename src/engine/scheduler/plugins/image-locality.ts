/** Prefers nodes that have the pod's images. Upstream: pkg/scheduler/framework/plugins/imagelocality. */
import { MAX_NODE_SCORE } from "../framework.ts";
import type { Plugin } from "../framework.ts";
import { normalizedImageName } from "../image-name.ts";

const MB = 1024 * 1024;
/** Less than this is too little to matter. */
const MIN_BYTES = 23 * MB;
const MAX_BYTES_PER_CONTAINER = 1000 * MB;

export const imageLocality: Plugin = {
  name: "ImageLocality",
  scope: "node",
  score({ pod }, cluster) {
    const containers = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
    const images = containers.map(({ image = "" }) => normalizedImageName(image));
    const most = MAX_BYTES_PER_CONTAINER * containers.length;
    return {
      of(node) {
        if (node.images.size === 0) return 0;
        let sum = 0;
        for (const image of images) {
          const size = node.images.get(image);
          // An image that few nodes have counts less, so that not all pods crowd onto them.
          if (size !== undefined) sum += Math.floor(size * (cluster.nodesWithImage(image) / cluster.nodes.length));
        }
        const bounded = Math.min(Math.max(sum, MIN_BYTES), most);
        return Math.floor((MAX_NODE_SCORE * (bounded - MIN_BYTES)) / (most - MIN_BYTES));
      },
    };
  },
};
