import { useSyncExternalStore } from "react";

const query = "(max-width: 899px)";

/** Under 900 px there is room for one region at a time. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}
