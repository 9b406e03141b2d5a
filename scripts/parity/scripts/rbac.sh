# Roles, bindings and what they show.
kubectl create role reader --verb=get,list --resource=pods,pods/log
kubectl create role named --verb=get --resource=configmaps --resource-name=a --resource-name=b
kubectl create clusterrole watcher --verb=get,list,watch --resource=deployments.apps,nodes
kubectl create clusterrole web --verb=get --non-resource-url=/metrics,/healthz/*
kubectl create clusterrole sum --aggregation-rule=team=a
kubectl create role bad --verb=get
kubectl create role bad --verb=get --resource=nothings
kubectl create rolebinding reads --role=reader --user=jane --group=devs --serviceaccount=default:robot
kubectl create rolebinding cluster --clusterrole=view --user=jane
kubectl create rolebinding none --user=jane
kubectl create clusterrolebinding watches --clusterrole=watcher --user=jane
kubectl get roles
kubectl get role reader -o yaml
kubectl get rolebindings -o wide
kubectl get clusterrolebinding watches -o yaml
kubectl get clusterroles | grep -v system: | head -8
kubectl describe role reader
kubectl describe role named
kubectl describe clusterrole watcher
kubectl describe clusterrole web
kubectl describe clusterrole cluster-admin
kubectl describe clusterrole view
kubectl describe clusterrole admin
kubectl describe clusterrole system:node
kubectl describe rolebinding reads
kubectl describe clusterrolebinding watches
kubectl describe clusterrolebinding cluster-admin
kubectl get pods --as=jane
kubectl get secrets --as=jane
kubectl get pods -n kube-system --as=jane
kubectl get nodes --as=jane
kubectl get pods --as=nobody
kubectl delete pod x --as=jane
kubectl create configmap x --from-literal=a=b --as=jane
kubectl get pods --as=system:serviceaccount:default:robot
kubectl get deployments -A --as=jane
kubectl get --raw /metrics --as=jane | head -0
kubectl create role up --verb=* --resource=* --as=jane
kubectl create rolebinding up --clusterrole=admin --user=jane --as=jane
kubectl set subject rolebinding reads --user=joe
kubectl patch rolebinding reads --type=merge -p '{"roleRef":{"name":"other"}}'
kubectl delete role reader named
kubectl delete clusterrole watcher web sum
kubectl delete rolebinding --all
kubectl delete clusterrolebinding watches
