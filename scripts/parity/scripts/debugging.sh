# Debugging copies, nodes and containers.
kubectl apply -f target.yaml
#@ advance 30s
kubectl debug target --profile=legacy --copy-to=c-legacy --image=busybox -c dbg -- sleep 100
kubectl debug target --profile=general --copy-to=c-general --image=busybox -c dbg -- sleep 100
kubectl debug target --profile=baseline --copy-to=c-baseline --image=busybox -c dbg -- sleep 100
kubectl debug target --profile=restricted --copy-to=c-restricted --image=busybox -c dbg -- sleep 100
kubectl debug target --profile=netadmin --copy-to=c-netadmin --image=busybox -c dbg -- sleep 100
kubectl debug target --profile=sysadmin --copy-to=c-sysadmin --image=busybox -c dbg --env A=1 --image-pull-policy=IfNotPresent -- sleep 100
kubectl debug target --profile=general --copy-to=c-images --set-image=*=busybox,web=nginx:1.28
kubectl debug target --profile=general --copy-to=c-custom -c web --custom=custom-container.yaml -- sleep 9
kubectl debug target --profile=general --copy-to=c-keep --image=busybox -c dbg --keep-labels --keep-annotations --keep-liveness --keep-init-containers=false --share-processes=false --same-node --arguments-only -- sleep 100
kubectl debug target --profile=general --copy-to=c-args -c web --arguments-only -- sleep 100
kubectl debug target --profile=general --image=busybox -c one -- sleep 100
kubectl debug target --profile=baseline --image=busybox -c two --target=web -- sleep 100
kubectl debug target --profile=restricted --image=busybox -c three -q -- sleep 100
kubectl debug target --profile=netadmin --image=busybox -c four --custom=custom-container.yaml -- sleep 100
kubectl debug -f target.yaml --profile=sysadmin --image=busybox -c five -- sleep 100
kubectl get pods -o json
kubectl debug target --copy-to=c-x --image=busybox --profile=general --custom=custom-name.yaml -- sleep 9
kubectl debug target --copy-to=c-x --image=busybox --profile=general --custom=nowhere.json -- sleep 9
kubectl debug target --copy-to=c-x --profile=general
kubectl debug target --copy-to=c-x --profile=general -- sh
kubectl debug target --replace --image=busybox --profile=general -- sh
kubectl debug target --same-node --image=busybox --profile=general -- sh
kubectl debug target --set-image=a=b --image=busybox --profile=general -- sh
kubectl debug target --copy-to=c-x --target=web --image=busybox --profile=general -- sh
kubectl debug target --image=Bad_ --profile=general
kubectl debug target --copy-to=c-x --set-image=web=Bad_ --profile=general
kubectl debug target --image=busybox --image-pull-policy=foo --profile=general
kubectl debug target --image=busybox -t --profile=general
kubectl debug target --copy-to=c-x -c nope --profile=general -- sh
kubectl debug --image=busybox --profile=general
kubectl debug nope --image=busybox --profile=general
kubectl debug target --image=busybox --profile=foo
kubectl create deployment d --image=nginx
kubectl debug deployment/d --image=busybox --profile=general
kubectl debug target --profile=general --copy-to=c-replaced --replace --image=busybox -c dbg -- sleep 100
kubectl get pods
