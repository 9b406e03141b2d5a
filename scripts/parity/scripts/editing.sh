#@ state apply sets name the version of the kubectl that wrote them
# Editors, apply sets, and replacing by force.
kubectl apply -f set/one.yaml -f set/two.yaml
KUBE_EDITOR='sed -i s/red/blue/' kubectl edit configmap one
KUBE_EDITOR=true kubectl edit configmap one
KUBE_EDITOR='sed -i s/blue/green/' kubectl edit configmap/one --output-patch
KUBE_EDITOR='sed -i s/green/red/' kubectl edit cm one -o json
KUBE_EDITOR='sed -i s/blue/pink/' kubectl edit cm one --save-config -o yaml
kubectl get cm one -o yaml
KUBE_EDITOR=true kubectl edit configmap nope
KUBE_EDITOR=true kubectl edit configmap one -o wide
KUBE_EDITOR=true kubectl edit configmap one --subresource=status
KUBE_EDITOR='sed -i s/red/violet/' kubectl edit -f set/one.yaml
KUBE_EDITOR='sed -i s/violet/white/' kubectl apply edit-last-applied configmap/one
KUBE_EDITOR='sed -i s/pink/white/' kubectl apply edit-last-applied configmap one
kubectl apply view-last-applied configmap/one
KUBE_EDITOR=true kubectl apply edit-last-applied -f set/one.yaml
kubectl create configmap bare
kubectl apply edit-last-applied configmap/bare
kubectl apply edit-last-applied
KUBE_EDITOR=true kubectl create -f new.yaml --edit
KUBE_EDITOR='sed -i s/three/four/' kubectl create -f new.yaml --edit
KUBE_EDITOR='sed -i s/three/five/' kubectl create -f new.yaml --edit -o yaml
kubectl get cm
kubectl apply -f set --prune --applyset=web
KUBECTL_APPLYSET=true kubectl apply -f set --prune --applyset=web
KUBECTL_APPLYSET=true kubectl apply -f set --prune --applyset=web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=web -n default --dry-run=client
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=web -n default --dry-run=server
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=web -n default -o name
kubectl get cm --show-labels
kubectl get secret web -o jsonpath='{.metadata.labels}'
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=configmaps/keeper -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --applyset=web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --all --applyset=web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune -l a=b --applyset=web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --prune-allowlist=core/v1/Pod --applyset=web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=deployments/web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=things/web -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=secrets/ -n default
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=namespaces/web
kubectl create secret generic plain
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=plain -n default
kubectl annotate secret plain applyset.kubernetes.io/tooling=helm/v3
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=plain -n default
kubectl annotate secret plain applyset.kubernetes.io/tooling=kubectl/v1 --overwrite
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=plain -n default
kubectl label secret plain applyset.kubernetes.io/id=x
KUBECTL_APPLYSET=true kubectl apply -f set/one.yaml --prune --applyset=plain -n default
kubectl apply -f frozen.yaml
kubectl apply -f thawed.yaml
kubectl apply -f thawed.yaml --force
kubectl apply -f thawed.yaml --force --server-side
kubectl apply -f thawed.yaml --force --dry-run=server
kubectl apply -f thawed.yaml --force --prune --all
kubectl apply -f thawed.yaml --prune --all --server-side
kubectl apply -f frozen.yaml --cascade=sideways
kubectl get cm frozen -o yaml
kubectl apply -f set/one.yaml --wait --openapi-patch=false
# What old tutorials type: --record; and printing on the client's side.
kubectl create deployment rec --image=nginx:1.27
kubectl set image deployment/rec nginx=nginx:1.28 --record
kubectl get deployment rec -o jsonpath='{.metadata.annotations}'
kubectl scale deployment rec --replicas=2 --record -n default
kubectl patch deployment rec -p '{"spec":{"minReadySeconds":1}}' --record
kubectl get deployment rec -o jsonpath='{.metadata.annotations}'
kubectl label deployment rec tier=web --record
kubectl annotate deployment rec note=x --record=true
kubectl set env deployment/rec A=b --record
kubectl rollout history deployment rec
kubectl run rec --image=nginx --record --dry-run=client -o yaml -- sleep 5
kubectl expose deployment rec --port=80 --record --dry-run=client -o json
kubectl apply -f set/one.yaml --record
kubectl get cm one -o yaml
kubectl create -f new.yaml --record --dry-run=client -o yaml
kubectl get deployment rec -o jsonpath='{.spec.template.spec.containers[].image}'
kubectl get cm one -o jsonpath='{.metadata.managedFields[*].manager}'
kubectl get cm one -o go-template='{{len .metadata.managedFields}}'
kubectl get deploy,cm --server-print=false
kubectl get deploy -A --server-print=false --show-labels
kubectl patch deployment rec -p '{}' --dry-run=client --template='{{.metadata.name}}'
kubectl get deployment/rec -w --request-timeout=1 -o name
kubectl run t --image=nginx --timeout=15s --wait --force --grace-period=3 --cascade=foreground --dry-run=client -o name
kubectl run t --image=nginx --cascade=sideways --dry-run=client
