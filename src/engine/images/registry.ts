/** Everything that can be pulled: one line an image. */
import type { ImageDefinition, ImageSource, Userland } from "../runtime/containers/image.ts";
import type { ProgramSource } from "../runtime/machine.ts";
import { createProgramSource } from "../runtime/program-source.ts";
import { createUserland } from "../userland/registry.ts";
import { agnhost } from "./agnhost/agnhost.ts";
import { grpcHealthProbeImage } from "./grpc-health-probe.ts";
import { applications } from "./applications/registry.ts";
import { bootcampV1, bootcampV2 } from "./bootcamp.ts";
import { mysqlImages } from "./databases/mysql.ts";
import { postgres } from "./databases/postgres.ts";
import { popular } from "./popular/registry.ts";
import { demoServers } from "./demo-servers.ts";
import { hpaExample } from "./hpa-example.ts";
import { distributionImages } from "./distributions.ts";
import { documentationServers } from "./documentation-servers.ts";
import { helloWorld } from "./hello-world.ts";
import { httpEcho } from "./http-echo.ts";
import { httpd } from "./httpd.ts";
import { kuard } from "./kuard.ts";
import { languages } from "./languages/languages.ts";
import { loadGenerators } from "./load-generators.ts";
import { fromCopy, mirrors } from "./mirrors.ts";
import { minio } from "./minio/minio.ts";
import { mongo } from "./mongo/mongo.ts";
import { nginx, nginxUnprivileged } from "./nginx.ts";
import { packageManagers } from "./packages/managers.ts";
import { pause } from "./pause.ts";
import { redisByRole } from "./redis/by-role.ts";
import { redisImages } from "./redis/redis.ts";
import {
  alpine,
  alpineOpenssl,
  alpineSocat,
  bash,
  busybox,
  curl,
  debian,
  debianBase,
  dnsutils,
  netshoot,
  ubuntu,
} from "./shells.ts";
import { prometheusAdapter } from "./prometheus/adapter.ts";
import { measuredApps } from "./prometheus/measured-apps.ts";
import { prometheus } from "./prometheus/prometheus.ts";
import { pushgateway } from "./prometheus/pushgateway.ts";
import { observability } from "./services/observability.ts";
import { stores } from "./services/stores.ts";
import { stress } from "./stress.ts";
import { userlandFiles } from "./userland-files.ts";
import { vishStress } from "./vish-stress.ts";
import { zookeeperImages } from "./zookeeper/zookeeper.ts";

export const images: readonly ImageDefinition[] = [
  agnhost,
  grpcHealthProbeImage,
  alpine,
  ...applications,
  bash,
  bootcampV1,
  bootcampV2,
  busybox,
  curl,
  debian,
  debianBase,
  ...demoServers,
  ...distributionImages,
  dnsutils,
  ...documentationServers,
  hpaExample,
  httpd,
  helloWorld,
  httpEcho,
  kuard,
  ...languages,
  ...loadGenerators,
  ...minio,
  ...mirrors,
  mongo,
  ...mysqlImages,
  netshoot,
  alpineOpenssl,
  alpineSocat,
  nginx,
  nginxUnprivileged,
  ...observability,
  ...prometheus,
  prometheusAdapter,
  ...pushgateway,
  ...measuredApps,
  pause,
  ...popular,
  postgres,
  ...redisByRole,
  ...redisImages,
  ...stores,
  stress,
  ubuntu,
  vishStress,
  ...zookeeperImages,
];

/** What the container runtimes of a cluster pull from: `definitions`, the first of a name wins. */
export function imageSource(definitions: readonly ImageDefinition[] = images): ImageSource {
  const byName = new Map<string, ImageDefinition>();
  for (const definition of definitions) if (!byName.has(definition.name)) byName.set(definition.name, definition);
  const find = (repository: string): ImageDefinition | undefined => {
    const known = byName.get(repository);
    if (known !== undefined) return known;
    const copied = fromCopy(repository, (name) => byName.get(name));
    if (copied !== undefined) byName.set(repository, copied);
    return copied;
  };
  return { find, tools, files: userlandFiles };
}

const sources = new Map<Userland, ProgramSource>();

/** Shell and tools: programs keep no state of their own, so all containers share them. */
function tools(userland: Userland): ProgramSource | undefined {
  if (userland === "none") return undefined;
  let source = sources.get(userland);
  if (source === undefined) {
    source = createProgramSource(createUserland(userland), packageManagers(userland));
    sources.set(userland, source);
  }
  return source;
}
