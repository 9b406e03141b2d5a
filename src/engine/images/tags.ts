import type { ImageTag } from "./define-image.ts";

const MB = 1_000_000;

/**
 * The tags of a repository, all of one compressed size in megabytes. `names` are words; `5.0.0..14` stands for 5.0.0 to
 * 5.0.14. Each is there with every suffix: `tags(20, "1.25..26 latest", ["", "-alpine"])`.
 */
export function tags(
  sizeMB: number,
  names: string,
  suffixes: readonly string[] = [""],
): Readonly<Record<string, ImageTag>> {
  return lazyTags(() => spelt(sizeMB, names, suffixes));
}

/**
 * Made when somebody looks at it: all images have ten thousand tags together, and a cluster pulls a few of them. Spreading
 * looks at all of it.
 */
export function lazyTags(make: () => Readonly<Record<string, ImageTag>>): Readonly<Record<string, ImageTag>> {
  let made: Readonly<Record<string, ImageTag>> | undefined;
  const all = (): Readonly<Record<string, ImageTag>> => (made ??= make());
  return new Proxy<Record<string, ImageTag>>(
    {},
    {
      get: (_, tag) => Reflect.get(all(), tag) as unknown,
      has: (_, tag) => Reflect.has(all(), tag),
      ownKeys: () => Reflect.ownKeys(all()),
      getOwnPropertyDescriptor: (_, tag) => Reflect.getOwnPropertyDescriptor(all(), tag),
    },
  );
}

function spelt(sizeMB: number, names: string, suffixes: readonly string[]): Record<string, ImageTag> {
  const all: Record<string, ImageTag> = {};
  const each: ImageTag = { size: sizeMB * MB };
  for (const name of names.split(" ").flatMap(expand)) {
    for (const suffix of suffixes) {
      // Nobody says `latest-alpine`.
      const tag = name === "latest" && suffix !== "" ? suffix.slice(1) : name + suffix;
      all[tag] = each;
    }
  }
  return all;
}

function expand(word: string): string[] {
  const range = /^(.*?)(\d+)\.\.(\d+)$/.exec(word);
  if (range === null) return [word];
  const [, head = "", from, to] = range;
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, step) => `${head}${Number(from) + step}`);
}
