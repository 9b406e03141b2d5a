import { MemoryFileSystem } from "../runtime/memory-file-system.ts";

/** Makes a file system for each name, at the first time that somebody asks for it. */
export function remoteFileSystems(now: () => number): (name: string) => MemoryFileSystem {
  const known = new Map<string, MemoryFileSystem>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = new MemoryFileSystem({ now })));
    return found;
  };
}
