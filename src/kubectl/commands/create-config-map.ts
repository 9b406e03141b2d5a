/** `kubectl create configmap`. Upstream: kubectl pkg/cmd/create/create_configmap.go. */
import { CREATE_FLAGS, defineCommand } from "../command.ts";
import { createObject, requiredName } from "../create-object.ts";
import { CONFIG_MAPS } from "../generators/resources.ts";
import { keyValues, SOURCE_FLAGS } from "../key-value-sources.ts";

export const createConfigMap = defineCommand({
  name: "configmap",
  aliases: ["cm"],
  short: "Create a config map from a local file, directory or literal value",
  usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
  flags: [...CREATE_FLAGS, ...SOURCE_FLAGS],
  completes: "none",
  *run(call) {
    const name = requiredName(call);
    const { data, binaryData } = keyValues(call, { kind: "ConfigMap", name });
    yield* createObject(
      call,
      CONFIG_MAPS,
      {
        metadata: { name },
        ...(Object.keys(data).length > 0 && { data }),
        ...(Object.keys(binaryData).length > 0 && { binaryData }),
      },
      { failure: "failed to create configmap: " },
    );
  },
});
