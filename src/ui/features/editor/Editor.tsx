export default function Editor({ path }: { path: string }) {
  return <p>{path}</p>;
}
