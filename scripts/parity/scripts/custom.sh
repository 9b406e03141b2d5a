# A kind of one's own.
kubectl get crontabs
kubectl apply -f crontab.yaml
kubectl apply -f crd.yaml
#@ during
kubectl wait --for=condition=established crd/crontabs.stable.example.com --timeout=60s
#@ advance 5s
kubectl get crd
kubectl get crd crontabs.stable.example.com -o yaml
kubectl describe crd crontabs.stable.example.com
kubectl api-resources --api-group=stable.example.com
kubectl explain crontab
kubectl explain crontab.spec.replicas
kubectl explain ct.spec --recursive
kubectl apply -f crontab.yaml
kubectl apply -f crontab.yaml
kubectl get crontabs
kubectl get ct mine -o yaml
kubectl get all
kubectl describe ct mine
sed 's/cronSpec: .*/cronSpec: nonsense/' crontab.yaml | kubectl apply -f -
sed 's/cronSpec: .*/replicas: 5/' crontab.yaml | kubectl create -f -
sed 's/name: mine/name: yours/; s/cronSpec: /replicas: 20\n  cronSpec: /' crontab.yaml | kubectl create -f -
sed 's/name: mine/name: yours/; s/cronSpec: /replicas: 7\n  cronSpec: /' crontab.yaml | kubectl create -f -
sed 's/name: mine/name: yours/; s/cronSpec: /replica: 7\n  cronSpec: /' crontab.yaml | kubectl create -f -
kubectl scale ct mine --replicas=3
kubectl get ct mine -o jsonpath='{.spec}{"\n"}'
kubectl patch ct mine --type=merge -p '{"spec":{"image":"alpine"}}'
kubectl patch ct mine -p '{"spec":{"image":"alpine"}}'
kubectl patch ct mine --type=json -p '[{"op":"add","path":"/spec/nothing","value":1}]'
kubectl label ct mine tier=back
kubectl get ct -l tier=back -o name
kubectl delete ct mine
kubectl delete -f crd.yaml --wait=false
#@ advance 5s
#@ differs the real one remembers for a while what the server had
kubectl get crontabs
