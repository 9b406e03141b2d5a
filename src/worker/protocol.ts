/**
 * Everything that the page and the worker say to each other. Types only: the page sends intents and shows projections,
 * the worker holds all truth. Instants are virtual milliseconds since the Unix epoch unless a name says `wall`.
 */

/** Words come from the page's catalogue: the worker sends a key and values. */
export interface Message {
  key: string;
  values?: Record<string, string | number>;
}

/** Names one object. `namespace` is "" for cluster-scoped kinds; `kind` as in YAML. */
export interface ObjectRef {
  kind: string;
  namespace: string;
  name: string;
}

/* ---- The sea: what the graph shows ---- */

export type PodState = "pending" | "waiting" | "running" | "failing" | "terminating" | "completed";

export interface NodeView {
  name: string;
  roles: string[];
  podCIDR: string;
  address: string;
  state: "ready" | "not-ready" | "unknown";
  /** False when cordoned. */
  schedulable: boolean;
  /** False after the power was cut. */
  powered: boolean;
  cpu: { allocatableMilli: number; requestedMilli: number };
  memory: { allocatableBytes: number; requestedBytes: number };
  pods: { count: number; capacity: number };
}

export interface PodView {
  uid: string;
  namespace: string;
  name: string;
  /** "" while no node is chosen. */
  node: string;
  state: PodState;
  /** The STATUS column of kubectl: `Running`, `CrashLoopBackOff`, `Init:0/1` … */
  status: string;
  ready: boolean;
  readyContainers: number;
  containers: number;
  restarts: number;
  ip: string;
  /** uid of the ReplicaSet or other controller, "" for none. */
  owner: string;
  /** Same text, same hue: the top-most owner's `kind/name`, or the pod's own name. */
  family: string;
  /** True in kube-system and the like. */
  system: boolean;
  /** While an image is pulled: from when to when it takes, for a bar that fills. */
  pull?: { image: string; from: number; to: number };
}

export interface ServiceView {
  uid: string;
  namespace: string;
  name: string;
  type: string;
  clusterIP: string;
  /** `8080→:31480`, one a port. */
  ports: string[];
  /** One per endpoint; only ready ones get traffic. */
  endpoints: { pod: string; ready: boolean }[];
  system: boolean;
}

export interface WorkloadView {
  uid: string;
  kind: string;
  namespace: string;
  name: string;
  /** uid of its own controller, "" for none. */
  owner: string;
  desired: number;
  ready: number;
  /** `deployment.kubernetes.io/revision`, "" where there is none. */
  revision: string;
  family: string;
  system: boolean;
}

/** A change of the sea. The first one after `subscribe` carries all; later ones what changed. */
export interface TopologyDiff {
  reset: boolean;
  nodes: NodeView[];
  pods: PodView[];
  services: ServiceView[];
  workloads: WorkloadView[];
  /** `node/<name>`, `pod/<uid>`, `service/<uid>`, `workload/<uid>`. */
  removed: string[];
}

/** One request seen on its way. Stations as in `TopologyDiff.removed`, or `laptop`. */
export interface TrafficPulse {
  id: number;
  time: number;
  stations: string[];
  ok: boolean;
  /** `GET http://web/ → 200`, or the reason that it failed. */
  label: string;
}

/** What went over an edge of the network in the last virtual second. Stations as in `TrafficPulse`. */
export interface EdgeRate {
  from: string;
  to: string;
  perSecond: number;
  /** Of them: not answered, or answered 500 and above. */
  errors: number;
  /** Mean virtual milliseconds until the answer. */
  ms: number;
}

/** A request that was followed, hop by hop. */
export interface TraceView {
  /** `laptop`, `node/<name>`, `pod/<namespace>/<name>`. */
  from: string;
  url: string;
  /** `at` names a station as `from` does, or `service/<namespace>/<name>`. */
  hops: { at: string; decision: string; reason: string }[];
  ms: number;
  /** An answer came; with a `cause` it was not the one that was wanted: a proxy gave it in a server's place. */
  status?: number;
  /** None came: the system's word for why. */
  errno?: string;
  /** What is wrong and what would mend it, with the command that does. In English, as the hops and the terminal are. */
  cause?: string;
  change?: string;
  command?: string;
  /** What to ask for instead. */
  better?: string;
  /** The Host header to ask with instead. */
  host?: string;
}

export interface Happening {
  id: number;
  time: number;
  kind: string;
  actor: string;
  /** Whom the actor impersonated. */
  as?: string;
  subject: string;
  detail: string;
  cause: number;
}

/** An Event object as it now stands, for the list of all events. */
export interface ClusterEvent {
  uid: string;
  time: number;
  type: string;
  reason: string;
  object: ObjectRef;
  message: string;
  count: number;
}

export interface TimeView {
  now: number;
  /** Since the cluster was switched on. */
  elapsed: number;
  paused: boolean;
  speed: number;
  /** Nothing but heartbeats is left to happen. */
  idle: boolean;
  /** True while "run until nothing changes" is at work. */
  running: boolean;
}

export interface InstrumentsView {
  /** API requests in the last virtual second. */
  apiRequestsPerSecond: number;
  etcdRevision: number;
  schedulerPending: number;
  controllersBusy: number;
  /** Control-plane components that are stopped: `kube-scheduler` … */
  stopped: string[];
}

/** What changed since the last frame; absent parts did not change. At most one a frame (16 ms wall). */
export interface Frame {
  topology?: TopologyDiff;
  pulses?: TrafficPulse[];
  /** All edges over which something went in the last virtual second; sent when that changes. */
  rates?: EdgeRate[];
  happenings?: Happening[];
  /** Events that were written since the last frame, oldest first. */
  events?: ClusterEvent[];
  time?: TimeView;
  instruments?: InstrumentsView;
  /** Other kinds are served than before: the number of this state, for who keeps a `schema`. */
  kinds?: number;
  inspector?: InspectorView | null;
  lesson?: LessonState | null;
  /** Terminal output by terminal id, in order. */
  output?: { terminal: number; text: string }[];
  /** A session is being replayed: how much of it is done, 0 to 1; null when that is over. */
  replay?: { done: number } | null;
  /** Whether code is still being fetched that the first screen did without: nothing moves until it is there. */
  fetching?: boolean;
  /** Things that somebody asked of the page from inside the cluster. */
  requests?: PageRequest[];
}

/** What the terminal may ask of the page. */
export type PageRequest =
  | { type: "open-editor"; edit: number; title: string; text: string } // `kubectl edit`: answer with `finishEdit`
  | { type: "terminal-closed"; terminal: number }
  /** A new world took the place of the old one (a lesson was started over): terminals begin anew. */
  | { type: "session-started"; outcome: BootOutcome }
  /** `drydock share`, `drydock reset` and `drydock new`: what the buttons do that say so. */
  | { type: "share" }
  | { type: "reset" }
  | { type: "new-cluster"; preset: string }
  | { type: "select"; ref: ObjectRef }
  | { type: "notice"; message: Message };

/* ---- The inspector ---- */

export interface InspectorView {
  ref: ObjectRef;
  exists: boolean;
  /** Text of the status line and its shape. */
  status: { state: PodState | "ready" | "not-ready" | "none"; text: string };
  /** Where it is: the node of a pod. */
  place: string;
  why?: { tone: "info" | "wait" | "bad"; title: Message; text: Message };
  /** `text` is shown in place of `value` where a sentence says it better. */
  rows: { label: Message; value: string; text?: Message; ref?: ObjectRef }[];
  /** Of a pod whose placement is remembered: every node's score by plugin, or what ruled it out. Best first. */
  scores?: { node: string; total: number; plugins: { name: string; weighted: number }[]; rejected?: string }[];
  yaml: string;
  events: { time: number; type: string; reason: string; message: string; count: number }[];
  containers: string[];
}

/* ---- The editor ---- */

export interface Diagnostic {
  /** 1-based line and column in the text that was sent. */
  line: number;
  column: number;
  severity: "error" | "warning";
  message: string;
}

export interface ApplyOutcome {
  /** One a document: `deployment.apps/web created`, or the error's text. */
  results: { line: number; ok: boolean; text: string }[];
  diagnostics: Diagnostic[];
}

export interface DiffOutcome {
  documents: { name: string; live: string; merged: string }[];
  diagnostics: Diagnostic[];
}

/* ---- Lessons ---- */

export interface ObjectiveView {
  id: string;
  done: boolean;
  /** What is not true yet, from the check; absent when done. */
  missing?: Message;
}

export interface LessonState {
  id: string;
  objectives: ObjectiveView[];
  done: boolean;
  /** Hints opened so far. */
  hints: number;
  /** "show me" is typing. */
  showing: boolean;
}

/* ---- Sessions and links ---- */

export interface SessionInfo {
  preset: string;
  seed: number;
  inputs: number;
  /** Virtual milliseconds since the start. */
  elapsed: number;
  /** Files and commands that a link would run, for "look inside first". */
  summary: string[];
}

export type LinkProblem = "too-long" | "not-a-link" | "damaged" | "too-large" | "newer-version" | "invalid";
export type LinkOutcome = { ok: true; info: SessionInfo } | { ok: false; problem: LinkProblem };

export type Fault =
  | { kind: "power-off"; node: string }
  | { kind: "power-on"; node: string }
  | { kind: "kill-container"; namespace: string; pod: string; container: string }
  | { kind: "stop-component"; component: string }
  | { kind: "start-component"; component: string }
  /** The link between two nodes, or with `to` "" all links of one; `amount` is milliseconds or percent. */
  | { kind: "link"; from: string; to: string; change: "cut" | "mend" | "latency" | "loss"; amount: number };

export interface BootOptions {
  /** The part of the address behind `#`, if there is one. */
  fragment: string;
  /** Start over even if a saved session is there. */
  fresh: boolean;
  preset?: string;
  seed?: number;
}

export type TerminalTarget = { kind: "laptop" } | { kind: "exec"; namespace: string; pod: string; container: string };

/** A moment of a session: the fragment of a link that leads to it, and the hash of the cluster's state in it. */
export interface SharedMoment {
  /** `s=1.<payload>` */
  fragment: string;
  hash: string;
}

export interface BootOutcome {
  origin: "new" | "restored" | "link";
  /** Set when the address carried a link that can't be opened; the learner's own session was opened instead. */
  link?: LinkOutcome;
  /** The first laptop terminal. */
  terminal: number;
  /** Further terminals that are open: a restored session has them. */
  terminals: { terminal: number; target: TerminalTarget }[];
  info: SessionInfo;
}

/** The worker, as the page sees it through comlink: every call answers with a promise. */
export interface DrydockWorker {
  /** First call. `onFrame` is a comlink proxy. A link is looked into, not run: call `runLink`. */
  boot(options: BootOptions, onFrame: (frame: Frame) => void): Promise<BootOutcome>;
  /** The first prompt is on the screen: whatever the page does without until then may come now. */
  drawn(): void;
  /** Replays the link that `boot` found, in a session of its own. */
  runLink(): Promise<BootOutcome>;
  /** Gives a replay up that is under way: a new cluster is opened instead. */
  cancelReplay(): void;
  /** Throws the present session away and starts a new cluster. */
  reset(options: { preset: string; seed?: number }): Promise<BootOutcome>;

  openTerminal(target: TerminalTarget): number;
  closeTerminal(terminal: number): void;
  /** Keys and pasted text as xterm gives them. */
  input(terminal: number, text: string): void;
  resize(terminal: number, columns: number, rows: number): void;
  /** Types a command into the terminal and runs it, as a click on "Run" does. */
  run(terminal: number, command: string): void;
  finishEdit(edit: number, text: string | null): void;

  setPaused(paused: boolean): void;
  setSpeed(speed: number): void;
  /** Runs the next event. */
  step(): void;
  /** Runs until nothing but heartbeats is left, at most `limitMs` of virtual time. */
  runUntilIdle(limitMs: number): void;

  inspect(ref: ObjectRef | null): void;
  /** Sends a request from a place (`laptop`, `pod/<namespace>/<name>`) and follows it; fails when there is no such place. */
  trace(from: string, url: string): Promise<TraceView>;
  fault(fault: Fault): void;

  /** A JSON Schema (if/then on apiVersion and kind) of everything that the API server knows. */
  schema(): unknown;
  validate(text: string): Diagnostic[];
  apply(text: string, options: { dryRun: boolean }): ApplyOutcome;
  diff(text: string): DiffOutcome;

  files(): { path: string; size: number }[];
  readFile(path: string): string;
  writeFile(path: string, text: string): void;

  startLesson(id: string): Promise<void>;
  leaveLesson(): void;
  hint(): void;
  showMe(): Promise<void>;

  /** A link to the present moment. */
  share(): Promise<SharedMoment>;
  hash(): string;
}
