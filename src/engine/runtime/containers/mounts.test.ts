import { describe, expect, it } from "vitest";
import { MemoryFileSystem } from "../memory-file-system.ts";
import { MountedFileSystem } from "./mounts.ts";

function tree(files: Record<string, string>): MemoryFileSystem {
  const fs = new MemoryFileSystem();
  for (const [path, text] of Object.entries(files)) {
    fs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    fs.writeFile(path, text);
  }
  return fs;
}

describe("mounts", () => {
  const root = tree({ "/etc/motd": "hi", "/data/hidden": "below" });
  const volume = tree({ "/a": "A", "/sub/b": "B" });

  it("shows a volume in place of what is below it", () => {
    const fs = new MountedFileSystem(root, [{ path: "/data", fs: volume, from: "", readOnly: false }]);
    expect(fs.readdir("/data")).toEqual(["a", "sub"]);
    expect(fs.readFile("/data/a")).toBe("A");
    expect(fs.readFile("/data/../etc/motd")).toBe("hi");
    fs.writeFile("/data/new", "n");
    expect(volume.readFile("/new")).toBe("n");
    volume.remove("/new");
  });

  it("mounts part of a volume, or one file of it, and names mount points in listings", () => {
    const fs = new MountedFileSystem(root, [
      { path: "/only", fs: volume, from: "/sub", readOnly: true },
      { path: "/etc/app/b.conf", fs: volume, from: "/sub/b", readOnly: true },
    ]);
    expect(fs.readFile("/only/b")).toBe("B");
    expect(fs.readFile("/etc/app/b.conf")).toBe("B");
    expect(fs.readdir("/")).toContain("only");
    const deep = new MountedFileSystem(root, [{ path: "/run/secrets/api", fs: volume, from: "", readOnly: true }]);
    expect([deep.readdir("/run"), deep.readdir("/run/secrets"), deep.exists("/run/other")]).toEqual([
      ["secrets"],
      ["api"],
      false,
    ]);
    expect([deep.stat("/run/secrets").type, deep.lstat("/run").mode]).toEqual(["directory", 0o755]);
    expect(() => fs.writeFile("/only/b", "x")).toThrow("EROFS");
  });

  it("keeps a read-only root read-only, volumes aside", () => {
    const mounts = [{ path: "/data", fs: volume, from: "", readOnly: false }];
    const fs = new MountedFileSystem(root, mounts, { readOnly: true });
    expect(() => fs.writeFile("/etc/motd", "x")).toThrow("EROFS");
    fs.writeFile("/data/a", "A");
  });
});
