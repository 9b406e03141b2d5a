# Namespaces and what hangs on them.
kubectl create namespace shop
kubectl create namespace shop
kubectl create namespace Bad_Name
kubectl get namespaces
kubectl get ns shop -o yaml
kubectl describe namespace shop
kubectl describe ns default
kubectl -n shop create deployment cart --image=nginx:1.27
kubectl -n shop get deploy
kubectl get pods -n shop -o name | wc -l
kubectl config set-context --current --namespace=shop
kubectl get deploy
kubectl config view
kubectl config view --minify -o jsonpath='{..namespace}'
kubectl config get-contexts
kubectl config current-context
kubectl config use-context nope
kubectl get serviceaccounts
kubectl create serviceaccount robot
kubectl describe serviceaccount robot
kubectl get sa robot -o yaml
kubectl delete namespace kube-system
kubectl delete namespace default
#@ during
kubectl delete namespace shop
kubectl get namespaces -o name
kubectl create namespace shop --dry-run=client -o yaml
kubectl create namespace shop -o name
kubectl create -f - <<< '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"nowhere"},"spec":{"containers":[{"name":"a","image":"b"}]}}'
