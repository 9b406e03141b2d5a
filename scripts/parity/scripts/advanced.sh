# Server-side apply, diff, auth, config, events, waiting.
kubectl apply -f web.yaml --server-side
kubectl apply -f web.yaml --server-side
kubectl get deployment web -o yaml --show-managed-fields
kubectl scale deployment web --replicas=5
sed 's/replicas: 3/replicas: 4/' web.yaml | kubectl apply --server-side -f -
sed 's/replicas: 3/replicas: 4/' web.yaml | kubectl apply --server-side --force-conflicts -f -
sed 's/replicas: 3/replicas: 4/' web.yaml | kubectl apply --server-side --field-manager=other -f -
kubectl apply -f web.yaml
#@ advance 60s
kubectl diff -f web.yaml
sed 's/nginx:1.27/nginx:1.28/' web.yaml | kubectl diff -f - > /dev/null
#@ during
kubectl wait deployment/web --for=condition=Available --timeout=60s
kubectl wait deployment/web --for=jsonpath='{.spec.replicas}'=3 --timeout=60s
kubectl wait deployment/web --for=jsonpath='{.metadata.name}' --timeout=60s
kubectl wait deployment/nope --for=delete --timeout=60s
kubectl wait deployment/web --for=nonsense
kubectl wait pods --for=condition=Ready -l app=web --timeout=60s
kubectl auth whoami
kubectl auth can-i create pods
kubectl auth can-i create pods --as=jane
kubectl auth can-i '*' '*'
kubectl auth can-i get pods/log -n kube-system --as=jane -q
kubectl auth can-i get /healthz
kubectl auth can-i frobnicate pods
kubectl auth can-i --list --as=jane
kubectl create token default > /dev/null
kubectl create serviceaccount robot
kubectl get events --field-selector involvedObject.name=web,involvedObject.kind=Deployment -o custom-columns=REASON:.reason,MESSAGE:.message
kubectl events --for deployment/web
kubectl events --types=Warning
kubectl get deployment web --subresource=scale -o yaml
kubectl get deployment web --subresource=status -o name
kubectl get deployment web -o jsonpath-file=/dev/null
kubectl get deployment web --template='{{.spec.replicas}}'
kubectl get -f web.yaml
kubectl get -f web.yaml -o name
kubectl annotate deployment web kubernetes.io/change-cause='by hand'
kubectl rollout history deployment web
kubectl label -f web.yaml batch=1
kubectl config set-cluster other --server=https://1.2.3.4
kubectl config set-credentials joe --token=secret
kubectl config set-context joe --cluster=other --user=joe --namespace=shop
kubectl config get-contexts
kubectl config view
kubectl config use-context joe
kubectl config current-context
kubectl config rename-context joe joey
kubectl config delete-context joey
kubectl config delete-cluster other
kubectl config unset users.joe
kubectl config get-contexts nothing
