# Quotas, limits and priorities of a namespace.
kubectl create namespace tight
kubectl config set-context --current --namespace=tight
kubectl apply -f limits.yaml
#@ advance 5s
kubectl get limitrange,resourcequota
kubectl get quota few -o yaml
kubectl describe limitrange bounds
kubectl describe quota few
kubectl describe quota best-effort
kubectl describe namespace tight
kubectl get priorityclasses
kubectl describe priorityclass high
kubectl run one --image=nginx:1.27
kubectl get pod one -o jsonpath='{.spec.containers[0].resources}{"\n"}{.metadata.annotations}{"\n"}'
kubectl run two --image=nginx:1.27 --overrides='{"spec":{"priorityClassName":"high"}}'
kubectl run three --image=nginx:1.27
kubectl run big --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"big","image":"nginx:1.27","resources":{"limits":{"cpu":"2"}}}]}}'
kubectl create configmap a --from-literal=x=y
kubectl create configmap b --from-literal=x=y
kubectl create configmap c --from-literal=x=y
#@ advance 5s
kubectl describe quota few
kubectl get pods
kubectl get pod two -o jsonpath='{.spec.priority}{"\n"}'
kubectl create quota made --hard=pods=1,services=2 --scopes=Terminating
kubectl create quota made --hard=pods=x
kubectl get quota made -o yaml
kubectl create priorityclass low --value=-5 --description=later
kubectl create priorityclass top --value=2000000000
kubectl patch priorityclass high -p '{"value":5}'
kubectl delete quota few
