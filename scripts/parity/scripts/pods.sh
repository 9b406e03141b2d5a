# A pod's life, from run to delete, in every format.
kubectl run web --image=nginx:1.27 --labels=app=web,tier=front --port=80
#@ advance 30s
kubectl get pods
kubectl get pods -o wide
kubectl get pod web -o yaml
kubectl get pod web -o json
kubectl get pod web -o name
kubectl get pod/web -o jsonpath='{.status.phase}{"\n"}'
kubectl get pods -o jsonpath='{range .items[*]}{.metadata.name}{"\t"}{.status.podIP}{"\n"}{end}'
kubectl get pods -o jsonpath-as-json='{.items[*].metadata.name}'
kubectl get pods -o go-template='{{range .items}}{{.metadata.name}} {{.spec.nodeName}}{{"\n"}}{{end}}'
kubectl get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName,IMAGES:.spec.containers[*].image
kubectl get pods -o custom-columns=NAME:.metadata.name,MISSING:.spec.nothing --no-headers
kubectl get pods --show-labels
kubectl get pods -L tier,app
kubectl get pods -l tier=front --no-headers
kubectl get pods -l 'tier in (back)'
kubectl get pods -l 'tier in ('
kubectl get pods --field-selector=status.phase=Running
kubectl get pods --field-selector=spec.nothing=x
kubectl get pods,services
kubectl get pod/web service/kubernetes
kubectl get pods --show-kind
kubectl get pods -A
kubectl get pods -n kube-system
kubectl get pods -n nowhere
kubectl get pods -o=bogus
kubectl get pods --sort-by=.metadata.name
kubectl get pods --sort-by=.nothing.here -A
kubectl get pods --raw /healthz
kubectl get --raw /api/v1/namespaces/default/pods/web/status | head -c 60
kubectl get --raw /nothing
kubectl get pod nope
kubectl get pod nope --ignore-not-found
kubectl get pod web nope
kubectl get nopes
kubectl get pods/web/x
kubectl get
kubectl get pods --chunk-size=2 -A
kubectl describe pod web
kubectl describe pods -l app=web
kubectl describe pod nope
kubectl describe nopes
kubectl logs web
kubectl logs web --tail=1
kubectl logs web -c nope
kubectl logs nope
kubectl logs
kubectl logs -l app=web --prefix
#@ during
kubectl exec web -- echo hello
#@ during
kubectl exec web -- sh -c 'echo out; echo err >&2; exit 3'
#@ during
echo typed | kubectl exec -i web -- cat
kubectl exec web -c nope -- ls
kubectl exec web
kubectl exec nope -- ls
#@ during
kubectl exec web -- nonsense
kubectl label pod web color=red
kubectl label pod web color=blue
kubectl label pod web color=blue --overwrite
kubectl label pod web color-
kubectl label pod web color-
kubectl label pod web 'bad key=1'
kubectl label pods --all checked=yes
kubectl annotate pod web note='hello there'
kubectl annotate pod web note=again
kubectl annotate pod web note-
kubectl run web --image=nginx
kubectl run Web --image=nginx
kubectl run
kubectl run x
kubectl run x --image=nginx --restart=Sometimes
#@ during
kubectl delete pod web
kubectl get pods
kubectl delete pod web
kubectl delete pod
kubectl delete
