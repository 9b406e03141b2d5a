/**
 * The volume that every pod gets to reach the API server with: token, authority, namespace. Upstream: pkg/volume/projected,
 * pkg/kubelet/token (renewal).
 *
 * Its files are made when somebody reads them, so that pods that never ask the API server cost nothing; the token is
 * renewed at the first read after four fifths of its life.
 */
import type { ServiceAccountTokenProjection, Volume, VolumeProjection } from "../api/generated/types.ts";
import { SystemError } from "../base/program.ts";
import type { FileSystem, MountDevice } from "../base/program.ts";
import { accountToken } from "./account-token.ts";
import { writtenMemory } from "./memory-device.ts";
import { firstPart, linkNames, payloadFolder } from "./payload-directory.ts";
import { DEFAULT_MODE } from "./payload.ts";
import { filesOf } from "./projected.ts";
import { VolumeError } from "./volume-plugin.ts";
import type { GeneratingFileSystem, VolumeFiles, VolumeHost, VolumePlace, VolumePlugin } from "./volume-plugin.ts";

/** How admission names it. */
const NAME_PREFIX = "kube-api-access-";

export const apiAccessVolume: VolumePlugin = {
  kind: "projected",
  accepts: ({ name }) => name.startsWith(NAME_PREFIX),
  place,
};

function place(volume: Volume, host: VolumeHost): VolumePlace {
  const sources = volume.projected?.sources ?? [];
  const defaultMode = volume.projected?.defaultMode ?? DEFAULT_MODE;
  // What is missing now keeps the pod waiting, as with any projected volume.
  for (const source of sources) if (source.serviceAccountToken === undefined) filesOf(source, { host, defaultMode });
  return new ApiAccess(sources, host, defaultMode);
}

class ApiAccess implements VolumePlace {
  readonly root = "";
  readonly readOnly = true;
  private readonly sources: readonly VolumeProjection[];
  private readonly host: VolumeHost;
  private readonly defaultMode: number;
  private made: FileSystem | undefined;

  constructor(sources: readonly VolumeProjection[], host: VolumeHost, defaultMode: number) {
    this.sources = sources;
    this.host = host;
    this.defaultMode = defaultMode;
  }

  get fs(): FileSystem {
    const { host, defaultMode } = this;
    return (this.made ??= fill(host.newFileSystem(), this.sources, { host, defaultMode }));
  }

  /** **Simplified:** each of its names takes one page: who asks how full it is requests no token. */
  get device(): MountDevice {
    return writtenMemory(this.host, () => this.fs.readdir("/").filter((name) => !name.startsWith("..")).length);
  }
}

function fill(
  fs: GeneratingFileSystem,
  sources: readonly VolumeProjection[],
  how: { host: VolumeHost; defaultMode: number },
): FileSystem {
  const folder = payloadFolder(how.host.now(), how.host.pod.metadata.uid);
  const names = new Set<string>();
  const add = (path: string, text: () => string): void => {
    fs.generate(`/${folder}/${path}`, text);
    names.add(firstPart(path));
  };
  for (const source of sources) {
    if (source.serviceAccountToken !== undefined) {
      add(source.serviceAccountToken.path, tokenReader(source.serviceAccountToken, how.host));
      continue;
    }
    let last = filesOrNone(source, how);
    for (const path of Object.keys(last)) {
      add(path, () => {
        try {
          last = filesOf(source, how);
        } catch (error) {
          // As upstream: what is mounted stays while its source is gone.
          if (!(error instanceof VolumeError)) throw error;
        }
        return last[path]?.text ?? "";
      });
    }
  }
  // A tmpfs that anybody may write to, were it not mounted read-only.
  fs.chmod("/", 0o1777);
  fs.symlink(folder, "/..data");
  linkNames(fs, names);
  return fs;
}

function filesOrNone(source: VolumeProjection, how: { host: VolumeHost; defaultMode: number }): VolumeFiles {
  try {
    return filesOf(source, how);
  } catch (error) {
    if (error instanceof VolumeError) return {};
    throw error;
  }
}

function tokenReader(source: ServiceAccountTokenProjection, host: VolumeHost): () => string {
  return () => {
    try {
      return accountToken(source, host);
    } catch (error) {
      if (error instanceof VolumeError) throw new SystemError("ENOENT", source.path);
      throw error;
    }
  };
}
