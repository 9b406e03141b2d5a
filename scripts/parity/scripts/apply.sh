# Declarative work: apply, change, diff-free re-apply, errors.
kubectl apply -f web.yaml
#@ advance 60s
kubectl apply -f web.yaml
kubectl get all
kubectl get deploy,rs,pods -o wide
kubectl get deployment web -o yaml
kubectl get service web -o yaml
kubectl get endpoints web
kubectl get endpointslices
kubectl describe deployment web
kubectl describe service web
kubectl describe rs -l app=web
kubectl rollout status deployment/web
kubectl rollout history deployment/web
kubectl rollout history deployment/web --revision=1
sed 's/nginx:1.27/nginx:1.28/; s/replicas: 3/replicas: 2/' web.yaml | kubectl apply -f -
#@ advance 60s
kubectl get pods
kubectl rollout history deploy web
kubectl rollout undo deploy/web
#@ advance 60s
kubectl rollout undo deploy/web --to-revision=99
kubectl rollout history deploy web
kubectl apply -f web.yaml --dry-run=client
kubectl apply -f web.yaml --dry-run=server
kubectl apply -f web.yaml --dry-run=client -o yaml
kubectl apply -f bad.yaml
kubectl apply -f unknown-field.yaml
kubectl apply -f unknown-field.yaml --validate=warn
#@ differs the real one sends the unknown field once more and calls that configured
kubectl apply -f unknown-field.yaml --validate=ignore
kubectl apply -f no-kind.yaml
kubectl apply -f not-yaml.yaml
kubectl apply -f nowhere.yaml
kubectl apply
kubectl apply -f web.yaml -n nowhere
kubectl create -f web.yaml
kubectl replace -f web.yaml
kubectl replace -f bad.yaml
kubectl apply view-last-applied deployment/web
kubectl apply view-last-applied deployment/web -o json
kubectl create deployment plain --image=nginx:1.27
kubectl get deployment plain -o json | grep -v image > plain.json
kubectl create deployment plain --image=nginx:1.27 --dry-run=client -o yaml | sed 's/replicas: 1/replicas: 2/' | kubectl apply -f -
kubectl scale deployment plain --replicas=1
kubectl scale deployment plain --replicas=3 --current-replicas=2
kubectl scale deployment/plain deployment/web --replicas=1
kubectl scale deployment nope --replicas=1
kubectl scale deployment plain
kubectl scale rs --all --replicas=0
#@ advance 60s
kubectl set image deployment/plain nginx=nginx:1.28
kubectl set image deployment/plain nope=nginx:1.28
kubectl set image deployment/plain
kubectl expose deployment plain --port=80 --target-port=8080
kubectl expose deployment plain --port=80
kubectl expose deployment plain --name=again --type=NodePort --port=80
kubectl get svc
kubectl expose deployment nope --port=80
kubectl patch deployment plain -p '{"spec":{"replicas":2}}'
kubectl patch deployment plain -p '{"spec":{"replicas":2}}'
kubectl patch deployment plain --type=json -p '[{"op":"replace","path":"/spec/replicas","value":1}]'
kubectl patch deployment plain --type=json -p '[{"op":"remove","path":"/spec/nothing"}]'
kubectl patch deployment plain --type=merge -p '{"metadata":{"labels":{"x":"y"}}}'
kubectl patch deployment plain -p 'not json'
kubectl patch deployment plain -p '{"spec":{"replicas":"two"}}'
kubectl patch deployment plain --subresource=scale --type=merge -p '{"spec":{"replicas":1}}'
kubectl patch deployment nope -p '{}'
kubectl delete -f web.yaml --wait=false
#@ advance 60s
kubectl delete deployment,service --all --wait=false
#@ advance 60s
kubectl get all
