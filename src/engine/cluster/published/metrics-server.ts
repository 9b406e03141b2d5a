/**
 * What a release of metrics-server has for `kubectl apply -f`: components.yaml. Upstream: kubernetes-sigs/metrics-server
 * manifests/base and manifests/overlays/release. It doesn't have `--kubelet-insecure-tls`.
 */
import type { GithubFile } from "./github-file.ts";

const NAMED = `metadata:
  labels:
    k8s-app: metrics-server`;
const ACCOUNT = `subjects:
- kind: ServiceAccount
  name: metrics-server
  namespace: kube-system
`;

/** `binds: [kind, name]` of the role. */
function binding(kind: string, name: string, binds: readonly [kind: string, name: string]): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
${NAMED}
  name: ${name}${kind === "RoleBinding" ? "\n  namespace: kube-system" : ""}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${binds[0]}
  name: ${binds[1]}
${ACCOUNT}`;
}

function metricsServerManifest(version: string): string {
  return [
    `apiVersion: v1
kind: ServiceAccount
${NAMED}
  name: metrics-server
  namespace: kube-system
`,
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
${NAMED}
    rbac.authorization.k8s.io/aggregate-to-admin: "true"
    rbac.authorization.k8s.io/aggregate-to-edit: "true"
    rbac.authorization.k8s.io/aggregate-to-view: "true"
  name: system:aggregated-metrics-reader
rules:
- apiGroups: [metrics.k8s.io]
  resources: [pods, nodes]
  verbs: [get, list, watch]
`,
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
${NAMED}
  name: system:metrics-server
rules:
- apiGroups: [""]
  resources: [nodes/metrics]
  verbs: [get]
- apiGroups: [""]
  resources: [pods, nodes]
  verbs: [get, list, watch]
`,
    binding("RoleBinding", "metrics-server-auth-reader", ["Role", "extension-apiserver-authentication-reader"]),
    binding("ClusterRoleBinding", "metrics-server:system:auth-delegator", ["ClusterRole", "system:auth-delegator"]),
    binding("ClusterRoleBinding", "system:metrics-server", ["ClusterRole", "system:metrics-server"]),
    `apiVersion: v1
kind: Service
${NAMED}
  name: metrics-server
  namespace: kube-system
spec:
  ports:
  - appProtocol: https
    name: https
    port: 443
    protocol: TCP
    targetPort: https
  selector:
    k8s-app: metrics-server
`,
    `apiVersion: apps/v1
kind: Deployment
${NAMED}
  name: metrics-server
  namespace: kube-system
spec:
  selector:
    matchLabels:
      k8s-app: metrics-server
  strategy:
    rollingUpdate:
      maxUnavailable: 0
  template:
    metadata:
      labels:
        k8s-app: metrics-server
    spec:
      containers:
      - args:
        - --cert-dir=/tmp
        - --secure-port=10250
        - --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
        - --kubelet-use-node-status-port
        - --metric-resolution=15s
        image: registry.k8s.io/metrics-server/metrics-server:${version}
        imagePullPolicy: IfNotPresent
        livenessProbe:
          failureThreshold: 3
          httpGet:
            path: /livez
            port: https
            scheme: HTTPS
          periodSeconds: 10
        name: metrics-server
        ports:
        - containerPort: 10250
          name: https
          protocol: TCP
        readinessProbe:
          failureThreshold: 3
          httpGet:
            path: /readyz
            port: https
            scheme: HTTPS
          initialDelaySeconds: 20
          periodSeconds: 10
        resources:
          requests:
            cpu: 100m
            memory: 200Mi
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
          readOnlyRootFilesystem: true
          runAsNonRoot: true
          runAsUser: 1000
          seccompProfile:
            type: RuntimeDefault
        volumeMounts:
        - mountPath: /tmp
          name: tmp-dir
      nodeSelector:
        kubernetes.io/os: linux
      priorityClassName: system-cluster-critical
      serviceAccountName: metrics-server
      volumes:
      - emptyDir: {}
        name: tmp-dir
`,
    `apiVersion: apiregistration.k8s.io/v1
kind: APIService
${NAMED}
  name: v1beta1.metrics.k8s.io
spec:
  group: metrics.k8s.io
  groupPriorityMinimum: 100
  insecureSkipTLSVerify: true
  service:
    name: metrics-server
    namespace: kube-system
  version: v1beta1
  versionPriority: 100
`,
  ].join("---\n");
}

export const metricsServer: GithubFile = {
  repository: "kubernetes-sigs/metrics-server",
  asset: "components.yaml",
  has: (tag) => /^v0\.(6\.[0-4]|7\.[0-2]|8\.0)$/.test(tag),
  newest: "v0.8.0",
  text: metricsServerManifest,
};
