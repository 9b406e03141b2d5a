/** `kubernetes.io/csi/disk.example.com^vol-1`: what node statuses call a volume of a driver. Upstream: GetUniqueVolumeName. */
export function csiVolumeName(driver: string, volumeHandle: string): string {
  return `kubernetes.io/csi/${driver}^${volumeHandle}`;
}
