# The cluster itself: discovery, versions, help, mistakes.
kubectl version
#@ differs the client's own version
kubectl version -o yaml
kubectl version --client
kubectl cluster-info
kubectl api-versions
kubectl api-resources
kubectl api-resources -o wide
kubectl api-resources -o name
kubectl api-resources --namespaced=false
kubectl api-resources --api-group=apps
kubectl api-resources --verbs=list,get --no-headers
kubectl api-resources --sort-by=kind
kubectl api-resources --categories=all
kubectl explain pods
kubectl explain pod.spec.containers.livenessProbe
kubectl explain deployment.spec.strategy
kubectl explain deployment --recursive
kubectl explain pod.spec.nothing
kubectl explain nothing
kubectl explain deployments --api-version=apps/v1
kubectl explain service.spec.type
kubectl frobnicate
kubectl gett pods
kubectl get pods --nonsense
kubectl get pods -o
kubectl create nonsense
kubectl rollout nonsense
kubectl options > /dev/null
kubectl get events -n kube-system --field-selector involvedObject.kind=Node
kubectl events --for node/worker-1 -n default
kubectl get events -A -o name | wc -l
kubectl get --raw /version
kubectl get --raw '/readyz?verbose' | tail -1
kubectl get --raw /api
kubectl get pods --server=http://127.0.0.1:1
kubectl get pods --context=nope
kubectl get pods --kubeconfig=/nowhere
kubectl wait pod/nope --for=condition=Ready --timeout=1s
kubectl wait pod --all --for=condition=Ready --timeout=30s -n kube-system
kubectl auth whoami
kubectl auth can-i create pods
