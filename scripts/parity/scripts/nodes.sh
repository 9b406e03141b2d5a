# Nodes: looking, cordoning, tainting, draining.
kubectl get nodes
kubectl get nodes -o wide
kubectl get nodes -o name
kubectl get node worker-1 -o yaml
kubectl describe node worker-1
kubectl describe node control-plane
kubectl create deployment web --image=nginx:1.27 --replicas=3
#@ advance 60s
kubectl get pods -o wide
kubectl cordon worker-1
kubectl cordon worker-1
kubectl get nodes
kubectl drain worker-1 --dry-run=client
kubectl uncordon worker-1
kubectl uncordon worker-1
kubectl cordon nope
kubectl taint node worker-2 key=value:NoSchedule
kubectl taint node worker-2 key=value:NoSchedule
kubectl taint node worker-2 key=other:NoSchedule --overwrite
kubectl taint node worker-2 key=value:Sometimes
kubectl taint node worker-2 key
kubectl describe node worker-2
kubectl taint node worker-2 key:NoSchedule-
kubectl taint node worker-2 key:NoSchedule-
kubectl taint nodes --all dedicated=x:PreferNoSchedule
kubectl label node worker-3 disk=ssd
kubectl get nodes -L disk
kubectl get nodes --show-labels
kubectl get leases -n kube-node-lease
kubectl top node
kubectl top pod
kubectl get componentstatuses
# What comes after a command that waits shows no ages: how long it waited is a matter of the machine.
#@ during
kubectl drain worker-1 --ignore-daemonsets --force
#@ advance 60s
kubectl get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName
