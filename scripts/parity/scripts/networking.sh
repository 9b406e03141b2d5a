# Services of every type, ingresses, policies.
kubectl apply -f network.yaml
#@ advance 2s
kubectl get ingress,ingressclass,networkpolicy,svc,endpoints
kubectl get ingress,ingressclass,networkpolicy,svc -o wide
kubectl get ingress shop -o yaml
kubectl get networkpolicy api -o yaml
kubectl describe ingress shop
kubectl describe ingressclass nginx
kubectl describe networkpolicy api
kubectl describe netpol deny
#@ differs newer than the recorded kubectl: a port's appProtocol
kubectl describe svc headless
kubectl describe svc outside
kubectl describe svc balanced
kubectl describe endpoints manual
kubectl describe endpointslices -l kubernetes.io/service-name=kubernetes
kubectl create ingress simple --rule="foo.com/bar=svc1:8080,tls=my-cert"
kubectl create ingress catch-all --class=nginx --rule="/path=svc:port" --default-backend=d:80 --dry-run=client -o yaml
kubectl create ingress bad --rule="foo.com"
kubectl create service clusterip my-cs --tcp=5678:8080
kubectl create service nodeport my-ns --tcp=5678:8080 --node-port=30080
kubectl create service nodeport my-ns2 --tcp=80 --node-port=30080
kubectl create service loadbalancer my-lb --tcp=80:80
kubectl create service externalname my-en --external-name=bar.com
kubectl patch svc my-cs -p '{"spec":{"clusterIP":"10.96.0.99"}}'
kubectl patch svc my-cs -p '{"spec":{"ports":[{"port":70000}]}}'
kubectl patch svc my-cs --type=json -p '[{"op":"replace","path":"/spec/type","value":"Nothing"}]'
kubectl get svc --sort-by=.metadata.name
kubectl set selector svc my-cs app=web
kubectl delete svc my-cs my-ns my-lb my-en
