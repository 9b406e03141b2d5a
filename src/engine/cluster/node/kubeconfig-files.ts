/**
 * The kubeconfigs that kubeadm leaves on a node, and what a kubelet makes of its own one when it starts.
 * Upstream: cmd/kubeadm/app/phases/kubeconfig, client-go tools/clientcmd (validation.go), cmd/kubelet/app/server.go.
 */
import { stringify } from "yaml";
import { encodeBase64 } from "../../base/base64.ts";
import { isObject } from "../../base/json.ts";
import type { FileSystem } from "../../base/program.ts";
import type { Name } from "../../base/x509/name.ts";
import { readYaml } from "../../base/yaml-text.ts";
import { clusterKeys } from "../../sim/cluster-keys.ts";
import { issue } from "./pki-files.ts";
import type { PkiFacts, PkiFile } from "./pki-files.ts";

export const KUBELET_KUBECONFIG = "/etc/kubernetes/kubelet.conf";
export const BOOTSTRAP_KUBECONFIG = "/etc/kubernetes/bootstrap-kubelet.conf";
export const CURRENT = "/var/lib/kubelet/pki/kubelet-client-current.pem";

export interface KubeconfigFacts extends PkiFacts {
  /** `https://172.18.0.2:6443` */
  server: string;
  /** The same of the API server on the control-plane node itself. Default: `server`. */
  local?: string;
}

interface Owner {
  user: string;
  subject: Name;
  /** It is part of the control plane, and asks the API server of its own node. */
  isLocal: boolean;
}

/** By file, in the order of `kubeadm certs check-expiration`. */
export const OWNERS: Readonly<Record<string, Owner>> = {
  "admin.conf": owner("kubernetes-admin", "kubeadm:cluster-admins"),
  "controller-manager.conf": { ...owner("system:kube-controller-manager"), isLocal: true },
  "scheduler.conf": { ...owner("system:kube-scheduler"), isLocal: true },
  "super-admin.conf": owner("kubernetes-super-admin", "system:masters"),
};

function owner(user: string, group?: string): Owner {
  const subject: Name = [...(group === undefined ? [] : [["O", group] as const]), ["CN", user]];
  return { user, subject, isLocal: false };
}

export function kubeconfigFiles(facts: KubeconfigFacts, role: "control-plane" | "worker"): PkiFile[] {
  const { sim, node, local = facts.server } = facts;
  const files: PkiFile[] = [];
  if (role === "control-plane") {
    for (const name of Object.keys(OWNERS)) {
      files.push({ path: `/etc/kubernetes/${name}`, mode: 0o600, text: () => ownerKubeconfig(facts, name) });
    }
  }
  const name = role === "control-plane" ? `system:node:${node}` : "default-auth";
  const server = role === "control-plane" ? local : facts.server;
  const credential = { "client-certificate": CURRENT, "client-key": CURRENT };
  files.push({ path: KUBELET_KUBECONFIG, mode: 0o600, text: () => kubeconfig({ sim, server }, name, credential) });
  const own = (): string => {
    const subject: Name = [
      ["O", "system:nodes"],
      ["CN", `system:node:${node}`],
    ];
    const { certificate, key } = issue(sim, {
      file: `kubelet ${node}`,
      authority: "ca",
      subject,
      purposes: ["clientAuth"],
    });
    return certificate + key;
  };
  files.push({ path: CURRENT, mode: 0o600, text: own });
  return files;
}

/** `admin.conf` and the like, with a certificate that begins to be good at `born`. */
export function ownerKubeconfig(facts: KubeconfigFacts, name: string, born?: number): string {
  const { user, subject, isLocal } = OWNERS[name] as Owner;
  const { sim, server, local = server } = facts;
  const leaf = { file: name, authority: "ca", subject, purposes: ["clientAuth"] } as const;
  const { certificate, key } = issue(sim, leaf, born);
  const credential = { "client-certificate-data": encodeBase64(certificate), "client-key-data": encodeBase64(key) };
  return kubeconfig({ sim, server: isLocal ? local : server }, user, credential);
}

export function kubeconfig(
  { sim, server }: Pick<KubeconfigFacts, "sim" | "server">,
  user: string,
  credential: object,
): string {
  const context = `${user}@kubernetes`;
  const cluster = { "certificate-authority-data": encodeBase64(clusterKeys(sim).authority.certificate), server };
  return stringify(
    {
      apiVersion: "v1",
      clusters: [{ cluster, name: "kubernetes" }],
      contexts: [{ context: { cluster: "kubernetes", user }, name: context }],
      "current-context": context,
      kind: "Config",
      users: [{ name: user, user: credential }],
    },
    { indentSeq: false, lineWidth: 0 },
  );
}

/** Where a client that reads this file looks for the server. */
export interface ClientConfig {
  server: string;
  /** PEM of the authority that it trusts, in base64; undefined: the system's own. */
  authority: string | undefined;
  /** It takes whatever certificate the server shows. */
  trusting: boolean;
}

/** What the kubelet's file says, or why the process ends. */
export function readKubeletKubeconfig(disk: FileSystem, path: string): ClientConfig | { error: string } {
  if (!disk.exists(path)) {
    return failed(`unable to load bootstrap kubeconfig: stat ${BOOTSTRAP_KUBECONFIG}: no such file or directory`);
  }
  const document = readYaml(disk.readFile(path));
  if ("problem" in document) return failed(`error loading config file "${path}": ${document.problem}`);
  const value = isObject(document.value) ? document.value : {};
  const context = named(value["contexts"], value["current-context"], "context");
  const cluster = named(value["clusters"], context?.["cluster"], "cluster");
  const user = named(value["users"], context?.["user"], "user");
  const server = cluster?.["server"];
  if (context === undefined || cluster === undefined || typeof server !== "string" || server === "") {
    return failed(
      "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
    );
  }
  const missing = [
    unreadable(disk, cluster["certificate-authority"], ["certificate-authority", String(context["cluster"])]),
    ...["client-certificate", "client-key"].map((field) =>
      unreadable(disk, user?.[field], [field.replace("certificate", "cert"), String(context["user"])]),
    ),
  ].flatMap((text) => text ?? []);
  if (missing.length > 0) {
    const [only = ""] = missing;
    return failed(`invalid configuration: ${missing.length === 1 ? only : `[${missing.join(", ")}]`}`);
  }
  const file = cluster["certificate-authority"];
  const data = cluster["certificate-authority-data"];
  return {
    server,
    authority:
      typeof file === "string" ? encodeBase64(disk.readFile(file)) : typeof data === "string" ? data : undefined,
    trusting: cluster["insecure-skip-tls-verify"] === true,
  };
}

function failed(why: string): { error: string } {
  return { error: `failed to run Kubelet: ${why}` };
}

/** The first cluster and the first user of a kubeconfig that has one of each; empty where it names none. */
export function firstEntries(text: string): { cluster: Record<string, unknown>; user: Record<string, unknown> } {
  const document = readYaml(text);
  const value = "problem" in document ? undefined : document.value;
  const first = (field: "cluster" | "user"): Record<string, unknown> => {
    const list: unknown = isObject(value) ? value[`${field}s`] : undefined;
    const entry: unknown = Array.isArray(list) ? list[0] : undefined;
    const inner = isObject(entry) ? entry[field] : undefined;
    return isObject(inner) ? inner : {};
  };
  return { cluster: first("cluster"), user: first("user") };
}

function unreadable(disk: FileSystem, path: unknown, [what, whose]: readonly [string, string]): string | undefined {
  if (typeof path !== "string" || path === "" || disk.exists(path)) return undefined;
  return `unable to read ${what} ${path} for ${whose} due to open ${path}: no such file or directory`;
}

function named(list: unknown, name: unknown, field: string): Record<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined;
  const entry: unknown = list.find((each: unknown) => isObject(each) && each["name"] === name);
  const value = isObject(entry) ? entry[field] : undefined;
  return isObject(value) ? value : undefined;
}
