# What is asked when something is wrong: events as they come, dumps, old layouts of explain.
kubectl create deployment web --image=nginx:1.27
#@ advance 30s
kubectl events --types=Warning
kubectl events -w --request-timeout=1 --types=Normal
kubectl events -w --request-timeout=1 -A --no-headers --for deployment/web
kubectl events -w --request-timeout=1 -o name
kubectl events -w --request-timeout=1 -n kube-public
#@ differs the real one drops fields that are newer than itself (observedGeneration, terminatingReplicas)
kubectl cluster-info dump --namespaces=default -o yaml
kubectl cluster-info dump --namespaces=kube-public,default -o name
kubectl cluster-info dump --output-directory=dump -A
cat dump/default/events.json dump/kube-system/replication-controllers.json
find dump -type f | sort
kubectl cluster-info dump -o wide
kubectl explain namespace --output=plaintext-openapiv2
kubectl explain deployments.spec.strategy --recursive --output=plaintext-openapiv2
kubectl explain pod.metadata.name --output=plaintext-openapiv2
kubectl explain pod.spec.containers.ports --output=plaintext-openapiv2
kubectl explain pod.foo --output=plaintext-openapiv2
kubectl explain cronjobs.spec --output=plaintext-openapiv2
