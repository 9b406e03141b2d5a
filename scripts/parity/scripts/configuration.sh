# ConfigMaps, Secrets, what pods make of them.
kubectl create configmap literal --from-literal=a=1 --from-literal=b=two
kubectl create configmap file --from-file=note.txt
kubectl create configmap named --from-file=renamed=note.txt
kubectl create configmap env --from-env-file=config.env
kubectl create configmap folder --from-file=. --dry-run=client -o name
kubectl create configmap literal --from-literal=a=1
kubectl create configmap bad --from-literal=a
kubectl create configmap bad --from-file=missing.txt
kubectl get configmaps
kubectl get cm file -o yaml
kubectl describe configmap file
kubectl describe cm file
kubectl create secret generic pw --from-literal=password=s3cr3t --from-file=note.txt
kubectl create secret generic typed --type=example.com/thing --from-literal=x=y
kubectl create secret docker-registry reg --docker-username=me --docker-password=pw --docker-email=a@b.c
kubectl create secret tls cert --cert=note.txt --key=note.txt
kubectl get secrets
kubectl get secret pw -o yaml
kubectl get secret pw -o jsonpath='{.data.password}' | base64 -d
kubectl describe secret pw
kubectl describe secret reg
kubectl apply -f volumes.yaml
#@ advance 60s
kubectl get pods
kubectl get pod mixed -o yaml
kubectl describe pod mixed
kubectl logs mixed
kubectl logs mixed -c prepare
kubectl logs mixed --all-containers
#@ during
kubectl exec mixed -c main -- sh -c 'cat /etc/settings/file.txt; echo $PASSWORD $CFG_color'
#@ during
kubectl exec mixed -- printenv COLOR
kubectl set env pod/mixed --list
kubectl create -f volumes.yaml
kubectl delete configmap literal file
kubectl delete secret --all
kubectl create configmap immutable --from-literal=a=1 -o yaml --dry-run=client
kubectl patch configmap env -p '{"immutable":true}'
kubectl patch configmap env -p '{"data":{"COLOR":"red"}}'
