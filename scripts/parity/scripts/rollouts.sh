# Pausing, resuming and restarting a rollout.
#@ state rollout restart writes the client's own time into the template
kubectl apply -f web.yaml
#@ advance 60s
kubectl rollout pause deployment web
kubectl rollout pause deployment web
kubectl rollout restart deployment web
kubectl rollout resume deployment web
kubectl rollout resume deployment web
kubectl rollout restart deployment web
#@ advance 60s
kubectl rollout history deployment web
