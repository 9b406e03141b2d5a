/** The command line tools that come with etcd. */
import type { ImageProgram } from "../../runtime/containers/image.ts";
import { etcdctl } from "./etcdctl.ts";
import { etcdutl } from "./etcdutl.ts";

type Tool = Extract<ImageProgram, { kind: "program" }>;

export const etcdTools: Readonly<Record<string, Tool>> = {
  "/usr/local/bin/etcdctl": { kind: "program", run: etcdctl },
  "/usr/local/bin/etcdutl": { kind: "program", run: etcdutl },
};
