import { SizedFileSystem } from "../runtime/sized-file-system.ts";

/** Makes a file system for each name, at the first time that somebody asks for it; who uses it gives it a size. */
export function remoteFileSystems(now: () => number): (name: string) => SizedFileSystem {
  const known = new Map<string, SizedFileSystem>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = new SizedFileSystem({ now })));
    return found;
  };
}
