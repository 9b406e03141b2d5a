# Volumes, claims and classes.
kubectl apply -f storage.yaml
#@ advance 2s
kubectl get sc,pv,pvc,csidrivers
kubectl get sc,pv,pvc -o wide
kubectl get pv disk -o yaml
kubectl get sc fast -o yaml
kubectl get csidriver disk.example.com -o yaml
kubectl describe sc fast
kubectl describe pv disk
kubectl describe pv local-disk
kubectl patch pvc data -p '{"spec":{"storageClassName":"other"}}'
kubectl patch pv disk -p '{"spec":{"hostPath":{"path":"/other"}}}'
kubectl patch sc fast -p '{"provisioner":"other"}'
kubectl patch pv disk -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
kubectl get csinodes
kubectl get volumeattachments
kubectl get pvc nothing
kubectl delete sc fast
