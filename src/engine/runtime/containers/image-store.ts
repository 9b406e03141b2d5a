/**
 * A node's images and how they come there. Models containerd's image service as kubelet sees it through CRI.
 * Upstream: containerd internal/cri/server/images/image_pull.go; kubelet's image list in pkg/kubelet/nodestatus.
 *
 * **Simplified:** images have no layers, a pull moves the whole image at a fixed bandwidth; every registry answers alike.
 */
import type { Simulation } from "../../sim/simulation.ts";
import { hex64 } from "./identity.ts";
import type { ImageDefinition, ImageSource } from "./image.ts";
import { parseImageName } from "./image-name.ts";
import type { ImageReference } from "./image-name.ts";

const BYTES_PER_MS = 40_000;
const PULL_LATENCY = 300;
const PULL_JITTER = 400;
/** Asking the registry whether a tag still points to what is here. */
const CHECK_LATENCY = 250;
const FAILURE_LATENCY = 900;

/** An image that is on the node. One object for each tag. */
export interface LocalImage {
  readonly definition: ImageDefinition;
  readonly reference: ImageReference;
  /** `sha256:…` of the image's configuration. */
  readonly id: string;
  /** `docker.io/library/nginx@sha256:…`: what a container status shows as imageID. */
  readonly repoDigest: string;
  readonly size: number;
}

/** A pull under way; `to` is known from the start. For the page's progress bar. */
export interface Pull {
  podUid: string;
  image: string;
  from: number;
  to: number;
}

/** A name and password for a registry. */
export interface RegistryLogin {
  username: string;
  password: string;
}

export type PullResult = { image: LocalImage; tookMs: number } | { error: string };

export class ImageStore {
  private readonly sim: Simulation;
  private readonly source: ImageSource;
  private readonly images = new Map<string, LocalImage>();
  /** When each of them came, by the same keys. */
  private readonly arrivals = new Map<string, number>();
  private readonly random;
  private readonly underWay = new Set<Pull>();
  private listener: (() => void) | undefined;

  constructor(sim: Simulation, source: ImageSource, node: string) {
    this.sim = sim;
    this.source = source;
    this.random = sim.random(`image-pull/${node}`);
  }

  get pulls(): Iterable<Pull> {
    return this.underWay;
  }

  /** Called whenever the list of images changes. */
  onChange(listener: () => void): void {
    this.listener = listener;
  }

  list(): LocalImage[] {
    return [...this.images.values()];
  }

  /** The image if it is on the node; `reference` is the full name. */
  get(reference: ImageReference): LocalImage | undefined {
    const image = this.resolve(reference);
    return image === undefined ? undefined : this.images.get(image.reference.full);
  }

  /** Puts an image on the node at once, as a node's installer does. Throws when there is no such image. */
  preload(name: string): LocalImage {
    const reference = parseImageName(name);
    const image = "error" in reference ? undefined : this.resolve(reference);
    if (image === undefined) throw new Error(`no such image: ${name}`);
    this.add(image);
    return image;
  }

  /** When it came to the node; undefined: it isn't there. */
  arrival(image: LocalImage): number | undefined {
    return this.arrivals.get(image.reference.full);
  }

  remove(image: LocalImage): void {
    this.arrivals.delete(image.reference.full);
    if (this.images.delete(image.reference.full)) this.listener?.();
  }

  /** Starts a pull and tells when it ends. Returns the function that gives it up. */
  pull(
    reference: ImageReference,
    how: { podUid: string; logins: readonly RegistryLogin[] },
    done: (result: PullResult) => void,
  ): () => void {
    const { sim } = this;
    const { podUid, logins } = how;
    const definition = this.source.find(reference.repository);
    const isRefused = definition !== undefined && !mayUse(definition, logins);
    const image = isRefused ? undefined : this.resolve(reference);
    const present = this.get(reference) !== undefined;
    const delay = Math.round(this.pullTime(image, present));
    const pull: Pull = { podUid, image: reference.full, from: sim.now, to: sim.now + delay };
    this.underWay.add(pull);
    const timer = sim.after(delay, () => {
      this.underWay.delete(pull);
      if (isRefused) return done({ error: loginError(reference, logins.length > 0) });
      if (image === undefined) return done({ error: pullError(reference, this.source) });
      if (!present) this.add(image);
      done({ image, tookMs: delay });
    });
    return () => {
      sim.cancel(timer);
      this.underWay.delete(pull);
    };
  }

  private pullTime(image: LocalImage | undefined, present: boolean): number {
    const jitter = this.random.int(PULL_JITTER);
    if (image === undefined) return FAILURE_LATENCY + jitter;
    if (present) return CHECK_LATENCY + jitter / 2;
    return PULL_LATENCY + jitter + image.size / BYTES_PER_MS;
  }

  private add(image: LocalImage): void {
    if (this.images.has(image.reference.full)) return;
    this.images.set(image.reference.full, image);
    this.arrivals.set(image.reference.full, this.sim.now);
    this.listener?.();
  }

  private resolve(reference: ImageReference): LocalImage | undefined {
    const definition = this.source.find(reference.repository);
    if (definition === undefined) return undefined;
    let local = catalogue.get(definition);
    if (local === undefined) catalogue.set(definition, (local = describeTags(definition)));
    // Simplified: the world's digests are not ours, so that one beside a tag is not compared.
    return local.byDigest.get(reference.digest) ?? local.byTag.get(reference.tag);
  }
}

interface Described {
  byTag: Map<string, LocalImage>;
  byDigest: Map<string, LocalImage>;
}

/** Shared by all nodes of all simulations: an image's digests depend on its definition alone. */
const catalogue = new WeakMap<ImageDefinition, Described>();

function describeTags(definition: ImageDefinition): Described {
  const described: Described = { byTag: new Map(), byDigest: new Map() };
  for (const [tag, { size }] of Object.entries(definition.tags)) {
    const digest = `sha256:${hex64(`${definition.name}:${tag}/manifest/${size}`)}`;
    const full = `${definition.name}:${tag}`;
    const image: LocalImage = {
      definition,
      reference: { repository: definition.name, tag, digest: "", full },
      id: `sha256:${hex64(`${full}/config/${size}`)}`,
      repoDigest: `${definition.name}@${digest}`,
      size,
    };
    described.byTag.set(tag, image);
    described.byDigest.set(digest, image);
  }
  return described;
}

/** The text of containerd's error, with the code where it has one. */
function pullError(reference: ImageReference, source: ImageSource): string {
  const { full, repository } = reference;
  const head = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": `;
  if (source.find(repository) !== undefined) return `rpc error: code = NotFound desc = ${head}${full}: not found`;
  return `${head}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;
}

/** Whether one of the logins opens the image's repository. */
export function mayUse({ login }: ImageDefinition, logins: readonly RegistryLogin[]): boolean {
  if (login === undefined) return true;
  return logins.some(({ username, password }) => username === login.username && password === login.password);
}

/** Docker Hub hides what is private, other registries say that they want to know who asks. */
function loginError({ full, repository }: ImageReference, tried: boolean): string {
  const head = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": `;
  const slash = repository.indexOf("/");
  const [host, path] = [repository.slice(0, slash), repository.slice(slash + 1)];
  if (host === "docker.io" && !tried) {
    return `${head}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;
  }
  const scope = `scope=repository%3A${encodeURIComponent(path)}%3Apull&service=`;
  const [url, why] =
    host === "docker.io"
      ? [`https://auth.docker.io/token?${scope}registry.docker.io`, ": incorrect username or password"]
      : [`https://${host}/token?${scope}${host}`, ""];
  const kind = tried ? "oauth" : "anonymous";
  return `${head}failed to authorize: failed to fetch ${kind} token: unexpected status from GET request to ${url}: 401 Unauthorized${why}`;
}
