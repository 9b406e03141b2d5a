/** Made-up cluster data that moves as a real one does, for a page without a worker. */
import type {
  Happening,
  InspectorView,
  NodeView,
  PodView,
  ServiceView,
  TopologyDiff,
  WorkloadView,
} from "../../worker/protocol.ts";

const gigabyte = 2 ** 30;

export class FakeCluster {
  nodes = new Map<string, NodeView>();
  pods = new Map<string, PodView>();
  services = new Map<string, ServiceView>();
  workloads = new Map<string, WorkloadView>();
  happenings: Happening[] = [];
  removed: string[] = [];
  changed = new Set<string>();
  private count = 0;
  private happened = 0;

  constructor(size: number) {
    const workers = size > 0 ? Math.min(40, Math.ceil(size / 100)) : 3;
    this.node("control-plane", ["control-plane"], 0);
    for (let at = 1; at <= workers; at++) this.node(`worker-${at}`, [], at);
    for (const name of ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
      this.put(this.pod(`${name}-control-plane`, "control-plane", "", { system: true, family: `Static/${name}` }));
    }
    this.workload("Deployment", "hello", "", "deploy-hello", 4);
    this.workload("ReplicaSet", "hello-7d44784b7c", "deploy-hello", "rs-hello-2", 4, "2");
    this.workload("ReplicaSet", "hello-fb5c67579", "deploy-hello", "rs-hello-1", 0, "1");
    const hello = { family: "Deployment/hello", owner: "rs-hello-2" };
    this.put(this.pod("hello-7d44784b7c-cxgwz", "worker-1", "10.244.1.4", hello));
    this.put(this.pod("client", "worker-1", "10.244.1.2", { family: "Pod/client" }));
    this.put(this.pod("hello-7d44784b7c-grngg", "worker-1", "10.244.1.5", hello));
    this.put(this.pod("hello-7d44784b7c-wt766", "worker-2", "10.244.2.3", hello));
    const crash = {
      state: "failing",
      status: "CrashLoopBackOff",
      ready: false,
      readyContainers: 0,
      restarts: 4,
    } as const;
    this.put(this.pod("cache-0", "worker-2", "10.244.2.2", { family: "StatefulSet/cache", ...crash }));
    for (let at = 0; at < size; at++) {
      const suffix = (at * 7919 + 46656).toString(36).slice(-5);
      this.put(
        this.pod(`bulk-5f6d8c9-${suffix}${at}`, `worker-${(at % workers) + 1}`, "10.244.9.9", {
          family: "Deployment/bulk",
        }),
      );
    }
    this.services.set("svc-hello", {
      uid: "svc-hello",
      namespace: "default",
      name: "hello",
      type: "NodePort",
      clusterIP: "10.96.12.7",
      ports: ["8080→:31480"],
      endpoints: [],
      system: false,
    });
    this.refresh();
  }

  private node(name: string, roles: string[], index: number): void {
    this.nodes.set(name, {
      name,
      roles,
      podCIDR: `10.244.${index}.0/24`,
      address: `192.168.49.${index + 2}`,
      state: "ready",
      schedulable: true,
      powered: true,
      cpu: { allocatableMilli: 4000, requestedMilli: 400 + index * 430 },
      memory: { allocatableBytes: 8 * gigabyte, requestedBytes: (1 + index * 1.1) * gigabyte },
      pods: { count: 0, capacity: 110 },
    });
  }

  private workload(kind: string, name: string, owner: string, uid: string, desired: number, revision = ""): void {
    const family = "Deployment/hello";
    this.workloads.set(uid, {
      uid,
      kind,
      namespace: "default",
      name,
      owner,
      desired,
      ready: desired,
      revision,
      family,
      system: false,
    });
  }

  pod(name: string, node: string, ip: string, more: Partial<PodView>): PodView {
    return {
      uid: `uid-${this.count++}`,
      namespace: more.system === true ? "kube-system" : "default",
      name,
      node,
      state: "running",
      status: "Running",
      ready: true,
      readyContainers: 1,
      containers: 1,
      restarts: 0,
      ip,
      owner: "",
      family: `Pod/${name}`,
      system: false,
      ...more,
    };
  }

  put(pod: PodView): void {
    this.pods.set(pod.uid, pod);
    this.changed.add(pod.uid);
  }

  remove(uid: string): void {
    this.pods.delete(uid);
    this.removed.push(`pod/${uid}`);
  }

  happen(now: number, kind: string, actor: string, subject: string, detail: string): void {
    this.happened += 1;
    this.happenings.push({
      id: this.happened,
      time: now,
      kind,
      actor,
      subject,
      detail,
      cause: Math.max(0, this.happened - 1),
    });
  }

  /** Derived data: endpoints, counts of pods, workloads' readiness. */
  refresh(): void {
    const members = [...this.pods.values()].filter((pod) => pod.owner === "rs-hello-2");
    const endpoints = members
      .filter((pod) => pod.node !== "" && pod.state !== "terminating")
      .map((pod) => ({ pod: pod.uid, ready: pod.ready }));
    const service = this.services.get("svc-hello");
    if (service !== undefined) this.services.set("svc-hello", { ...service, endpoints });
    const ready = members.filter((pod) => pod.ready).length;
    for (const uid of ["deploy-hello", "rs-hello-2"]) {
      const workload = this.workloads.get(uid);
      if (workload !== undefined) this.workloads.set(uid, { ...workload, ready });
    }
    const counts = new Map<string, number>();
    for (const pod of this.pods.values()) counts.set(pod.node, (counts.get(pod.node) ?? 0) + 1);
    for (const node of this.nodes.values()) {
      this.nodes.set(node.name, { ...node, pods: { ...node.pods, count: counts.get(node.name) ?? 0 } });
    }
  }

  diff(reset: boolean): TopologyDiff {
    this.refresh();
    const changed = reset ? [...this.pods.values()] : [...this.changed].flatMap((uid) => this.pods.get(uid) ?? []);
    const removed = this.removed;
    this.changed.clear();
    this.removed = [];
    return {
      reset,
      nodes: [...this.nodes.values()],
      pods: changed,
      services: [...this.services.values()],
      workloads: [...this.workloads.values()],
      removed,
    };
  }

  inspect(kind: string, name: string, now: number): InspectorView {
    const pod = [...this.pods.values()].find((one) => one.name === name);
    const namespace = pod?.namespace ?? (kind === "Node" ? "" : "default");
    const waiting = pod?.state === "waiting";
    return {
      ref: { kind, namespace, name },
      exists: kind !== "Pod" || pod !== undefined,
      status: {
        state: pod?.state ?? "ready",
        text: pod === undefined ? "Ready" : waiting ? "Pulling image, 1.4 s left" : pod.status,
      },
      place: pod?.node ?? "",
      ...(waiting && {
        why: {
          tone: "wait" as const,
          title: { key: "Why is it not ready?" },
          text: {
            key: `${pod.node} has never run this image, so it is fetching 70 MB first. The other node has it already. Nothing to fix.`,
          },
        },
      }),
      rows: [
        {
          label: { key: "Owner" },
          value: "ReplicaSet/hello-7d44784b7c",
          ref: { kind: "ReplicaSet", namespace: "default", name: "hello-7d44784b7c" },
        },
        { label: { key: "Image" }, value: "kubernetes-bootcamp:v2" },
        { label: { key: "Address" }, value: pod?.ip === "" ? "none yet" : (pod?.ip ?? "192.168.49.3") },
      ],
      yaml: `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  labels:\n    app: hello\nspec:\n  containers:\n  - name: hello\n    image: "kubernetes-bootcamp:v2"\n    ports:\n    - containerPort: 8080\n      protocol: TCP\n  restartPolicy: Always\n`,
      events: [
        {
          time: now - 2000,
          type: "Normal",
          reason: "Scheduled",
          message: `Successfully assigned default/${name} to worker-2`,
          count: 1,
        },
        {
          time: now - 1000,
          type: "Normal",
          reason: "Pulling",
          message: 'Pulling image "kubernetes-bootcamp:v2"',
          count: 1,
        },
      ],
      containers: ["hello"],
    };
  }
}
