# Workload kinds besides deployments: how they are listed, described and changed.
kubectl apply -f workloads.yaml
#@ advance 2s
kubectl get sts,ds,rc,pdb,hpa
kubectl get sts,ds,rc,pdb,hpa -o wide
kubectl get statefulset db -o yaml
kubectl get daemonset agent -o yaml
kubectl get rc old -o yaml
kubectl get pdb db -o yaml
kubectl get hpa web -o yaml
kubectl get horizontalpodautoscalers.v1.autoscaling web -o yaml
kubectl describe sts db
#@ differs newer than the recorded kubectl: the namespace of a daemon set
kubectl describe ds agent
kubectl describe rc old
kubectl describe pdb db
kubectl describe hpa web
kubectl patch sts db -p '{"spec":{"serviceName":"other"}}'
kubectl patch ds agent -p '{"spec":{"updateStrategy":{"type":"Sometimes"}}}'
kubectl scale sts db --replicas=0
kubectl scale rc old --replicas=1
kubectl scale ds agent --replicas=1
kubectl rollout status ds/agent --timeout=1s
#@ differs newer than the recorded kubectl: --cpu-percent is deprecated
kubectl autoscale deployment web --min=2 --max=4 --cpu-percent=80
kubectl autoscale rc old --max=3
kubectl create poddisruptionbudget web --selector=app=web --min-available=1
kubectl create pdb half --selector=app=web --max-unavailable=50%
kubectl create pdb none --selector=app=web
kubectl set image ds/agent agent=busybox:1.37
kubectl set resources ds agent --limits=cpu=200m,memory=64Mi --requests=cpu=100m
kubectl set serviceaccount ds agent robot
kubectl set env ds/agent COLOR=red SIZE-
kubectl set env ds/agent --list
kubectl apply -f batch.yaml
#@ advance 2s
kubectl get jobs,cronjobs
kubectl get jobs,cronjobs -o wide
kubectl get job pi -o yaml
kubectl get cronjob nightly -o yaml
kubectl describe job pi
#@ differs newer than the recorded kubectl: the time zone
kubectl describe cronjob nightly
kubectl create job once --image=busybox:1.36 --dry-run=client -o yaml -- date
kubectl create job manual --from=cronjob/nightly --dry-run=client -o yaml
kubectl create cronjob hourly --image=busybox:1.36 --schedule="0 * * * *" --dry-run=server
kubectl create cronjob bad --image=busybox:1.36 --schedule="61 * * * *"
kubectl patch job pi -p '{"spec":{"completions":5}}'
#@ differs the server shows the fields of a refused value in the order in which the client once sent them
kubectl patch job pi -p '{"spec":{"template":{"spec":{"restartPolicy":"Always"}}}}'
kubectl patch cronjob nightly -p '{"spec":{"timeZone":"Mars/Base"}}'
#@ during
kubectl delete -f batch.yaml --cascade=orphan
kubectl delete -f workloads.yaml --wait=false
