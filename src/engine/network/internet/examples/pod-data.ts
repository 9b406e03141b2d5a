/** Where pods get their settings from: variables, ConfigMaps and Secrets, the downward API. */
import type { EnvVarSource, PodSpec } from "../../../api/generated/types.ts";
import { encodeBase64 } from "../../../base/base64.ts";
import {
  configMap,
  container,
  emptyDir,
  env,
  type Examples,
  type Labels,
  type Manifest,
  mounts,
  type Named,
  object,
  pod,
  ports,
  resources,
  shell,
} from "./manifest.ts";

const BUSYBOX = "registry.k8s.io/busybox:1.27.2";
const HELLO = "gcr.io/google-samples/hello-app:2.0";

const fromConfigMap = (name: string, key: string): EnvVarSource => ({ configMapKeyRef: { name, key } });
const fromSecret = (name: string, key: string): EnvVarSource => ({ secretKeyRef: { name, key } });
const fromField = (fieldPath: string): EnvVarSource => ({ fieldRef: { fieldPath } });

function secret(named: Named, fields: { type?: string; data?: Labels; stringData?: Labels }): Manifest {
  return object("v1 Secret", named, fields);
}

/** A pod whose one container ends by itself. */
function once(name: string, of: Parameters<typeof container>[2], more: Partial<PodSpec> = {}): Manifest[] {
  return [pod(name, container("test-container", BUSYBOX, of), { restartPolicy: "Never", ...more })];
}

export function podDataExamples(): Examples {
  return { ...variables(), ...configMaps(), ...downward(), ...secrets() };
}

function variables(): Examples {
  const address = "$(PROTOCOL)://$(SERVICE_IP):$(SERVICE_PORT)";
  const printed = ["UNCHANGED_REFERENCE", "SERVICE_ADDRESS", "ESCAPED_REFERENCE"];
  return {
    "pods/inject/envars.yaml": () => [
      pod(
        { name: "envar-demo", labels: { purpose: "demonstrate-envars" } },
        container("envar-demo-container", HELLO, {
          env: env({ DEMO_GREETING: "Hello from the environment", DEMO_FAREWELL: "Such a sweet sorrow" }),
        }),
      ),
    ],
    "pods/inject/dependent-envars.yaml": () => [
      pod(
        "dependent-envars-demo",
        container("dependent-envars-demo", "busybox:1.28", {
          command: ["sh", "-c"],
          args: [`while true; do echo; ${printed.map((name) => `echo ${name}=$${name}`).join("; ")}; sleep 30; done`],
          env: env({
            SERVICE_PORT: "80",
            SERVICE_IP: "172.17.0.1",
            UNCHANGED_REFERENCE: address,
            PROTOCOL: "https",
            SERVICE_ADDRESS: address,
            ESCAPED_REFERENCE: `$${address}`,
          }),
        }),
      ),
    ],
  };
}

function configMaps(): Examples {
  const special = "special-config";
  const printEnv = shell("env", "/bin/sh");
  const inConfig = (script: string, items?: { key: string; path: string }[]) => () =>
    once(
      "dapi-test-pod",
      { command: shell(script, "/bin/sh"), volumeMounts: mounts({ "config-volume": "/etc/config" }) },
      { volumes: [{ name: "config-volume", configMap: { name: special, ...(items && { items }) } }] },
    );
  return {
    "configmap/game.properties": () => [
      { enemies: "aliens", lives: 3, "enemies.cheat": true, "enemies.cheat.level": "noGoodRotten" },
      { "secret.code.passphrase": "UUDDLRLRBABAS", "secret.code.allowed": true, "secret.code.lives": 30 },
    ],
    "configmap/ui.properties": () => [
      { "color.good": "purple", "color.bad": "yellow", "allow.textmode": true, "how.nice.to.look": "fairlyNice" },
    ],
    "configmap/game-env-file.properties": () => [{ enemies: "aliens", lives: 3, allowed: '"true"' }],
    "configmap/ui-env-file.properties": () => [{ color: "purple", textmode: true, how: "fairlyNice" }],
    "configmap/configmap-multikeys.yaml": () => [
      configMap({ name: special, namespace: "default" }, { SPECIAL_LEVEL: "very", SPECIAL_TYPE: "charm" }),
    ],
    "configmap/configmaps.yaml": () => [
      configMap({ name: special, namespace: "default" }, { "special.how": "very" }),
      configMap({ name: "env-config", namespace: "default" }, { log_level: "INFO" }),
    ],
    "configmap/configure-pod.yaml": () => {
      const files = ["game.properties", "user-interface.properties"].map((key) => ({ key, path: key }));
      const demo = container("demo", "alpine", {
        command: ["sleep", "3600"],
        env: env({
          PLAYER_INITIAL_LIVES: fromConfigMap("game-demo", "player_initial_lives"),
          UI_PROPERTIES_FILE_NAME: fromConfigMap("game-demo", "ui_properties_file_name"),
        }),
        volumeMounts: mounts({ config: "/config" }, { readOnly: true }),
      });
      const volume = { name: "config", configMap: { name: "game-demo", items: files } };
      return [pod("configmap-demo-pod", demo, { volumes: [volume] })];
    },
    "configmap/env-configmap.yaml": () => [
      pod(
        "env-configmap",
        container("app", "busybox:latest", {
          command: shell("printenv", "/bin/sh"),
          envFrom: [{ configMapRef: { name: "myconfigmap" } }],
        }),
      ),
    ],
    "pods/pod-single-configmap-env-variable.yaml": () =>
      once("dapi-test-pod", {
        command: printEnv,
        env: env({ SPECIAL_LEVEL_KEY: fromConfigMap(special, "special.how") }),
      }),
    "pods/pod-multiple-configmap-env-variable.yaml": () =>
      once("dapi-test-pod", {
        command: printEnv,
        env: env({
          SPECIAL_LEVEL_KEY: fromConfigMap(special, "special.how"),
          LOG_LEVEL: fromConfigMap("env-config", "log_level"),
        }),
      }),
    "pods/pod-configmap-envFrom.yaml": () =>
      once("dapi-test-pod", { command: printEnv, envFrom: [{ configMapRef: { name: special } }] }),
    "pods/pod-configmap-env-var-valueFrom.yaml": () =>
      once("dapi-test-pod", {
        command: ["/bin/echo", "$(SPECIAL_LEVEL_KEY) $(SPECIAL_TYPE_KEY)"],
        env: env({
          SPECIAL_LEVEL_KEY: fromConfigMap(special, "SPECIAL_LEVEL"),
          SPECIAL_TYPE_KEY: fromConfigMap(special, "SPECIAL_TYPE"),
        }),
      }),
    "pods/pod-configmap-volume.yaml": inConfig("ls /etc/config/"),
    "pods/pod-configmap-volume-specific-key.yaml": inConfig("cat /etc/config/keys", [
      { key: "SPECIAL_LEVEL", path: "keys" },
    ]),
    "pods/config/example-redis-config.yaml": () => [
      configMap("example-redis-config", { "redis-config": "maxmemory 2mb\nmaxmemory-policy allkeys-lru\n" }),
    ],
    "pods/config/redis-pod.yaml": () => [
      pod(
        "redis",
        container("redis", "redis:5.0.4", {
          command: ["redis-server", "/redis-master/redis.conf"],
          env: env({ MASTER: "true" }),
          ports: ports(6379),
          resources: { limits: { cpu: "0.1" } },
          volumeMounts: mounts({ data: "/redis-master-data", config: "/redis-master" }),
        }),
        {
          volumes: [
            emptyDir("data"),
            {
              name: "config",
              configMap: { name: "example-redis-config", items: [{ key: "redis-config", path: "redis.conf" }] },
            },
          ],
        },
      ),
    ],
  };
}

function downward(): Examples {
  const amounts = resources({ memory: "32Mi", cpu: "125m" }, { memory: "64Mi", cpu: "250m" });
  /** Prints these variables every ten seconds, a line for each. */
  const printing = (...names: string[]): string => `while true; do echo; printenv ${names.join(" ")}; sleep 10; done`;
  /** Prints these files of /etc/podinfo every five seconds. */
  const showing = (...files: string[]): string =>
    `cd /etc/podinfo; while sleep 5; do for f in ${files.join(" ")}; do echo; cat $f; done; done`;
  const client = { command: ["sh", "-c"], volumeMounts: mounts({ podinfo: "/etc/podinfo" }) };
  const fields: Record<string, string> = {
    MY_NODE_NAME: "spec.nodeName",
    MY_POD_NAME: "metadata.name",
    MY_POD_NAMESPACE: "metadata.namespace",
    MY_POD_IP: "status.podIP",
    MY_POD_SERVICE_ACCOUNT: "spec.serviceAccountName",
  };
  const own: Record<string, string> = {
    MY_CPU_REQUEST: "requests.cpu",
    MY_CPU_LIMIT: "limits.cpu",
    MY_MEM_REQUEST: "requests.memory",
    MY_MEM_LIMIT: "limits.memory",
  };
  const variablesFrom = (of: Record<string, string>, source: (path: string) => EnvVarSource) =>
    env(Object.fromEntries(Object.entries(of).map(([name, path]) => [name, source(path)])));
  return {
    "pods/inject/dapi-envars-pod.yaml": () =>
      once("dapi-envars-fieldref", {
        command: ["sh", "-c"],
        args: [printing(...Object.keys(fields))],
        env: variablesFrom(fields, fromField),
      }),
    "pods/inject/dapi-envars-container.yaml": () =>
      once("dapi-envars-resourcefieldref", {
        command: ["sh", "-c"],
        args: [printing(...Object.keys(own))],
        resources: amounts,
        env: variablesFrom(own, (resource) => ({
          resourceFieldRef: { containerName: "test-container", resource },
        })),
      }),
    "pods/inject/dapi-volume.yaml": () => {
      const items = ["labels", "annotations"].map((path) => ({ path, fieldRef: { fieldPath: `metadata.${path}` } }));
      return [
        pod(
          {
            name: "kubernetes-downwardapi-volume-example",
            labels: { zone: "us-est-coast", cluster: "test-cluster1", rack: "rack-22" },
            annotations: { build: "two", builder: "john-doe" },
          },
          container("client-container", BUSYBOX, { ...client, args: [showing("labels", "annotations")] }),
          { volumes: [{ name: "podinfo", downwardAPI: { items } }] },
        ),
      ];
    },
    "pods/inject/dapi-volume-resources.yaml": () => {
      const item = (path: string, resource: string, divisor: string) => ({
        path,
        resourceFieldRef: { containerName: "client-container", resource, divisor },
      });
      const items = [
        item("cpu_limit", "limits.cpu", "1m"),
        item("cpu_request", "requests.cpu", "1m"),
        item("mem_limit", "limits.memory", "1Mi"),
        item("mem_request", "requests.memory", "1Mi"),
      ];
      const args = [showing(...items.map(({ path }) => path))];
      return [
        pod(
          "kubernetes-downwardapi-volume-example-2",
          container("client-container", BUSYBOX, { ...client, args, resources: amounts }),
          { volumes: [{ name: "podinfo", downwardAPI: { items } }] },
        ),
      ];
    },
  };
}

function secrets(): Examples {
  const of = (type: string): string => `kubernetes.io/${type}`;
  const account = (name: string): Labels => ({ "kubernetes.io/service-account.name": name });
  const test = "test-secret";
  return {
    "pods/inject/secret.yaml": () => [
      secret(test, { data: { username: encodeBase64("my-app"), password: encodeBase64("39528$vdg7Jb") } }),
    ],
    "pods/inject/secret-pod.yaml": () => [
      pod(
        "secret-test-pod",
        container("test-container", "nginx", {
          volumeMounts: mounts({ "secret-volume": "/etc/secret-volume" }, { readOnly: true }),
        }),
        { volumes: [{ name: "secret-volume", secret: { secretName: test } }] },
      ),
    ],
    "pods/inject/secret-envars-pod.yaml": () => [
      pod(
        "secret-envars-test-pod",
        container("envars-test-container", "nginx", {
          env: env({ SECRET_USERNAME: fromSecret(test, "username"), SECRET_PASSWORD: fromSecret(test, "password") }),
        }),
      ),
    ],
    "pods/inject/pod-single-secret-env-variable.yaml": () => [
      pod(
        "env-single-secret",
        container("envars-test-container", "nginx", {
          env: env({ SECRET_USERNAME: fromSecret("backend-user", "backend-username") }),
        }),
      ),
    ],
    "pods/inject/pod-multiple-secret-env-variable.yaml": () => [
      pod(
        "envvars-multiple-secrets",
        container("envars-test-container", "nginx", {
          env: env({
            BACKEND_USERNAME: fromSecret("backend-user", "backend-username"),
            DB_USERNAME: fromSecret("db-user", "db-username"),
          }),
        }),
      ),
    ],
    "pods/inject/pod-secret-envFrom.yaml": () => [
      pod("envfrom-secret", container("envars-test-container", "nginx", { envFrom: [{ secretRef: { name: test } }] })),
    ],
    "secret/basicauth-secret.yaml": () => [
      secret("secret-basic-auth", {
        type: of("basic-auth"),
        stringData: { username: "admin", password: "t0p-Secret" },
      }),
    ],
    "secret/dotfile-secret.yaml": () => [
      secret("dotfile-secret", { data: { ".secret-file": encodeBase64("value-2\r\n\r\n") } }),
      pod(
        "secret-dotfiles-pod",
        container("dotfile-test-container", "registry.k8s.io/busybox", {
          command: ["ls", "-l", "/etc/secret-volume"],
          volumeMounts: mounts({ "secret-volume": "/etc/secret-volume" }, { readOnly: true }),
        }),
        { volumes: [{ name: "secret-volume", secret: { secretName: "dotfile-secret" } }] },
      ),
    ],
    "secret/optional-secret.yaml": () => [
      pod("mypod", container("mypod", "redis", { volumeMounts: mounts({ foo: "/etc/foo" }, { readOnly: true }) }), {
        volumes: [{ name: "foo", secret: { secretName: "mysecret", optional: true } }],
      }),
    ],
    "secret/serviceaccount-token-secret.yaml": () => [
      secret(
        { name: "secret-sa-sample", annotations: account("sa-name") },
        { type: of("service-account-token"), data: { extra: encodeBase64("bar\n") } },
      ),
    ],
    "secret/serviceaccount/mysecretname.yaml": () => [
      secret({ name: "mysecretname", annotations: account("myserviceaccount") }, { type: of("service-account-token") }),
    ],
  };
}
