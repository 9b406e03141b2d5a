/** `nginx` is `nginx:latest`: how node images and container images are compared. Upstream: plugins/imagelocality. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}
