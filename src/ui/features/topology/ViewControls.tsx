/** Zoom and fit, bottom right of the sea. */
import { useEffect } from "react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useReactFlow } from "@xyflow/react";
import { usePage } from "../../state/page.ts";
import { useT } from "../../words/translate.ts";

export function ViewControls() {
  const t = useT();
  const flow = useReactFlow();
  const following = usePage((state) => state.following);
  useEffect(() => {
    const pane = document.querySelector(".sea-canvas .react-flow");
    const stopFollowing = (): void => usePage.setState({ following: false });
    const drag = (event: Event): void => {
      if ((event.target as Element).classList.contains("react-flow__pane")) stopFollowing();
    };
    pane?.addEventListener("wheel", stopFollowing, { passive: true });
    pane?.addEventListener("pointerdown", drag);
    return () => {
      pane?.removeEventListener("wheel", stopFollowing);
      pane?.removeEventListener("pointerdown", drag);
    };
  }, []);
  const zoom = (move: () => Promise<boolean>): void => {
    usePage.setState({ following: false });
    void move();
  };
  return (
    <div className="view-controls">
      <button
        type="button"
        aria-label={t("sea.zoom-in")}
        data-tip={t("sea.zoom-in")}
        onClick={() => zoom(() => flow.zoomIn({ duration: 150 }))}
      >
        <Plus size={14} aria-hidden="true" />
      </button>
      <button
        type="button"
        aria-label={t("sea.zoom-out")}
        data-tip={t("sea.zoom-out")}
        onClick={() => zoom(() => flow.zoomOut({ duration: 150 }))}
      >
        <Minus size={14} aria-hidden="true" />
      </button>
      <button
        type="button"
        aria-label={t("sea.fit")}
        data-tip={t("sea.fit-tip")}
        aria-pressed={following}
        onClick={() => usePage.setState({ following: true })}
      >
        <Maximize size={13} aria-hidden="true" />
      </button>
    </div>
  );
}
