/** The sea: React Flow carries docks, buoys and the view's moves; pods, lines and lights are layers of our own above it. */
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { type Node, ReactFlow, ReactFlowProvider, useReactFlow, useStore, ViewportPortal } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "./sea.css";
import { useCluster } from "../../state/cluster.ts";
import { useLesson } from "../../state/lesson.ts";
import { usePage } from "../../state/page.ts";
import { inspect, select } from "../../state/actions.ts";
import { useT } from "../../words/translate.ts";
import { DotLayer } from "./DotLayer.tsx";
import { EdgeLayer } from "./EdgeLayer.tsx";
import { EmptySea } from "./EmptySea.tsx";
import { union, type Box } from "./geometry.ts";
import { useLayout, type Picture, type PictureItem } from "./layout-store.ts";
import { PodLayer } from "./PodLayer.tsx";
import { nextStation, refOfStation } from "./stations.ts";
import { stationTypes } from "./StationNodes.tsx";
import { PulseLayer } from "./PulseLayer.tsx";
import { RateLayer } from "./RateLayer.tsx";
import { ViewControls } from "./ViewControls.tsx";

export default function Sea() {
  return (
    <ReactFlowProvider>
      <SeaCanvas />
    </ReactFlowProvider>
  );
}

const passive = {
  nodesDraggable: false,
  nodesConnectable: false,
  nodesFocusable: false,
  edgesFocusable: false,
  elementsSelectable: false,
  disableKeyboardA11y: true,
  zoomOnDoubleClick: false,
  deleteKeyCode: null,
  selectionKeyCode: null,
  multiSelectionKeyCode: null,
  // It would take the space bar from everything on the page that is not an input.
  panActivationKeyCode: null,
  zoomActivationKeyCode: null,
  minZoom: 0.05,
  maxZoom: 2,
} as const;

function SeaCanvas() {
  const t = useT();
  const root = useRef<HTMLDivElement>(null);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const picture = useLayout(width, height);
  const nodes = useMemo(() => flowNodes(picture), [picture]);
  const known = useCluster((state) => state.known);
  // A lesson says itself what to do first.
  const inLesson = useLesson((state) => state.text !== null);
  const empty = known && !inLesson && picture.pods.size === 0 && picture.view === "cluster";
  const move = useSelectionKeys(root.current, picture);
  useAutoFit(picture, { width, height, empty });

  return (
    <div
      className="sea-canvas"
      ref={root}
      role="group"
      aria-roledescription={t("sea.role")}
      aria-label={t("sea.label")}
      onKeyDown={move}
    >
      <ReactFlow
        {...passive}
        nodes={nodes}
        edges={noEdges}
        nodeTypes={stationTypes}
        proOptions={{ hideAttribution: true }}
        onPaneClick={() => select(null)}
        onlyRenderVisibleElements={nodes.length > 100}
        ariaLabelConfig={ariaLabels}
      >
        <ViewportPortal>
          <EdgeLayer picture={picture} />
          <PodLayer picture={picture} />
          <RateLayer picture={picture} />
          {/* Requests follow no line of who owns whom. */}
          {picture.view !== "owners" && <PulseLayer picture={picture} />}
        </ViewportPortal>
        {picture.drawing === "dots" && <DotLayer docks={picture.docks} />}
      </ReactFlow>
      {empty && <EmptySea />}
      <ViewControls />
    </div>
  );
}

const noEdges: never[] = [];
const touchable = { pointerEvents: "all" } as const;
/** React Flow describes keys that are switched off here; ours are described by the group's own label. */
const ariaLabels = { "node.a11yDescription.default": "", "edge.a11yDescription.default": "" };

/** React Flow passes over what is the same object as before. */
const flowNodeOf = new WeakMap<PictureItem, Node>();

function flowNodes(picture: Picture): Node[] {
  return picture.items.map((item) => {
    let node = flowNodeOf.get(item);
    if (node === undefined) flowNodeOf.set(item, (node = flowNode(item)));
    return node;
  });
}

function flowNode({ id, type, box, data }: PictureItem): Node {
  return {
    id,
    type,
    position: { x: box.x, y: box.y },
    width: box.width,
    height: box.height,
    data,
    // React Flow would otherwise measure each before it draws it.
    measured: { width: box.width, height: box.height },
    handles: [],
    // What React Flow can neither select nor drag it makes untouchable; the buttons inside are ours.
    style: touchable,
  };
}

/** Arrows go to the nearest thing in that direction, Enter opens it in the inspector, Escape lets go. */
function useSelectionKeys(root: HTMLElement | null, picture: Picture) {
  const flow = useReactFlow();
  return (event: KeyboardEvent<HTMLElement>): void => {
    const here = (event.target as HTMLElement).closest<HTMLElement>("[data-station]")?.dataset["station"];
    if (event.key === "Escape") select(null);
    if (here === undefined) return;
    const ref = refOfStation(here);
    if (event.key === "Enter" && ref !== null) {
      event.preventDefault();
      inspect(ref);
      return;
    }
    const next = nextStation(picture.stations, here, event.key);
    if (next === undefined) return;
    event.preventDefault();
    const nextRef = refOfStation(next);
    if (nextRef !== null) select(nextRef);
    root?.querySelector<HTMLElement>(`[data-station="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
    bringIntoView(flow, picture.stations.get(next), root);
  };
}

function bringIntoView(flow: ReturnType<typeof useReactFlow>, box: Box | undefined, root: HTMLElement | null): void {
  if (box === undefined || root === null) return;
  const { x, y, zoom } = flow.getViewport();
  const left = box.x * zoom + x;
  const top = box.y * zoom + y;
  const inside =
    left > 0 && top > 0 && left + box.width * zoom < root.clientWidth && top + box.height * zoom < root.clientHeight;
  if (!inside) void flow.setCenter(box.x + box.width / 2, box.y + box.height / 2, { zoom, duration: 180 });
}

/** Room for the view tabs above and the instruments below; where it is narrow, for a second row of them. */
const frame = { top: 62, bottom: 56, side: 18, requests: 156, secondRow: 34 };
/** Room for what to do first: beside the docks, or where it is narrow below them. */
const first = { width: 372, height: 224 };
const narrow = 580;

function docksOf({ items, bounds }: Picture): Box {
  const docks = items.filter(({ type }) => type === "dock").map(({ box }) => box);
  return docks.length === 0 ? bounds : union(docks);
}

/** Keeps everything in sight until the learner moves the view; "Fit" takes it up again. */
function useAutoFit(
  picture: Picture,
  { width, height, empty }: { width: number; height: number; empty: boolean },
): void {
  const flow = useReactFlow();
  const following = usePage((state) => state.following);
  const { x, y, width: wide, height: tall } = empty && width >= narrow ? docksOf(picture) : picture.bounds;
  const isFirst = useRef(true);
  const view = picture.view;
  useEffect(() => {
    if (!following || width === 0 || height === 0) return;
    const top = frame.top + (width < narrow ? frame.secondRow : 0);
    const below = view === "traffic" ? frame.requests : empty && width < narrow ? first.height : 0;
    const free = height - top - frame.bottom - below;
    const left = empty && width >= narrow ? first.width : frame.side;
    const across = width - left - frame.side;
    const zoom = Math.max(0.05, Math.min(across / wide, free / tall, 1));
    const at = {
      x: left + (across - wide * zoom) / 2 - x * zoom,
      y: top + (free - tall * zoom) / 2 - y * zoom,
      zoom,
    };
    const still = isFirst.current || matchMedia("(prefers-reduced-motion: reduce)").matches;
    isFirst.current = false;
    void flow.setViewport(at, still ? {} : { duration: 220 });
  }, [flow, following, width, height, empty, x, y, wide, tall, view]);
}
