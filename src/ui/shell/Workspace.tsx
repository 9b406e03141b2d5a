/** The four regions: resizable and foldable side by side, or one at a time as tabs with the same names. */
import { type ReactNode, useEffect, useRef } from "react";
import { Group, Panel, type PanelImperativeHandle, Separator } from "react-resizable-panels";
import { ChevronDown, ChevronLeft, ChevronRight, ChevronUp } from "lucide-react";
import { ErrorBoundary } from "../components/ErrorBoundary.tsx";
import { TabPanel, Tabs } from "../components/Tabs.tsx";
import { Inspector } from "../features/inspector/Inspector.tsx";
import { Lessons } from "../features/lessons/Lessons.tsx";
import { type Region, regions, usePage } from "../state/page.ts";
import { recall, remember } from "../state/storage.ts";
import { useT, type WordKey } from "../words/translate.ts";
import { Dock } from "./Dock.tsx";
import { SeaPanel } from "./SeaPanel.tsx";

const names: Record<Region, WordKey> = {
  lesson: "region.lesson",
  sea: "region.sea",
  inspector: "region.inspector",
  dock: "region.dock",
};

function RegionFrame({ region, children }: { region: Region; children: ReactNode }) {
  const t = useT();
  return (
    <section className={`region region-${region}`} id={`region-${region}`} tabIndex={-1} aria-label={t(names[region])}>
      <ErrorBoundary name={t(names[region])}>{children}</ErrorBoundary>
    </section>
  );
}

const content: Record<Region, () => ReactNode> = {
  lesson: () => <Lessons />,
  sea: () => <SeaPanel />,
  inspector: () => <Inspector />,
  dock: () => <Dock />,
};

/** Keeps a panel folded or open as the page's state says, and the state as the learner drags. */
function useFold(region: Region) {
  const handle = useRef<PanelImperativeHandle>(null);
  const folded = usePage((state) => state.folded[region]);
  useEffect(() => {
    if (folded) handle.current?.collapse();
    else if (handle.current?.isCollapsed() === true) handle.current.expand();
  }, [folded]);
  const onResize = (): void => {
    const now = handle.current?.isCollapsed() === true;
    if (now !== usePage.getState().folded[region]) fold(region, now);
  };
  return { handle, folded, onResize };
}

export function fold(region: Region, folded: boolean): void {
  usePage.setState((state) => ({ folded: { ...state.folded, [region]: folded } }));
}

const arrows = {
  lesson: [ChevronRight, ChevronLeft],
  inspector: [ChevronLeft, ChevronRight],
  dock: [ChevronUp, ChevronDown],
  sea: [ChevronUp, ChevronDown],
} as const;

/** Stands at the sea's edge, for the sea never folds, and folds its neighbour away or brings it back. */
function FoldButton({ region }: { region: Region }) {
  const t = useT();
  const folded = usePage((state) => state.folded[region]);
  const Arrow = arrows[region][folded ? 0 : 1];
  const label = t(folded ? "region.unfold" : "region.fold", { name: t(names[region]) });
  return (
    <button
      type="button"
      className={`fold fold-${region}`}
      aria-label={label}
      aria-expanded={!folded}
      data-tip={label}
      onClick={() => fold(region, !folded)}
    >
      <Arrow size={12} aria-hidden="true" />
    </button>
  );
}

function rememberedLayout(id: string): Record<string, number> | undefined {
  return recall<Record<string, number> | undefined>(`panels.${id}`, undefined);
}

export function WideWorkspace() {
  const t = useT();
  const lesson = useFold("lesson");
  const inspector = useFold("inspector");
  const dock = useFold("dock");
  const keep =
    (id: string) =>
    (layout: Record<string, number>, meta: { isUserInteraction: boolean }): void => {
      if (meta.isUserInteraction) remember(`panels.${id}`, layout);
    };
  return (
    <main className="workspace">
      <Group
        orientation="horizontal"
        id="columns"
        defaultLayout={rememberedLayout("columns")}
        onLayoutChanged={keep("columns")}
      >
        <Panel
          id="lesson"
          panelRef={lesson.handle}
          onResize={lesson.onResize}
          defaultSize="320px"
          minSize="240px"
          maxSize="45%"
          collapsible
          collapsedSize={0}
          groupResizeBehavior="preserve-pixel-size"
        >
          <RegionFrame region="lesson">{content.lesson()}</RegionFrame>
        </Panel>
        <Separator className="separator" aria-label={t("region.resize", { name: t("region.lesson") })} />
        <Panel id="middle" minSize="40%">
          <Group
            orientation="vertical"
            id="rows"
            defaultLayout={rememberedLayout("rows")}
            onLayoutChanged={keep("rows")}
          >
            <Panel id="upper" minSize="25%">
              <Group
                orientation="horizontal"
                id="upper-columns"
                defaultLayout={rememberedLayout("upper")}
                onLayoutChanged={keep("upper")}
              >
                <Panel id="sea" minSize="40%">
                  <RegionFrame region="sea">
                    {content.sea()}
                    <FoldButton region="lesson" />
                    <FoldButton region="inspector" />
                    <FoldButton region="dock" />
                  </RegionFrame>
                </Panel>
                <Separator className="separator" aria-label={t("region.resize", { name: t("region.inspector") })} />
                <Panel
                  id="inspector"
                  panelRef={inspector.handle}
                  onResize={inspector.onResize}
                  defaultSize="330px"
                  minSize="230px"
                  maxSize="55%"
                  collapsible
                  collapsedSize={0}
                  groupResizeBehavior="preserve-pixel-size"
                >
                  <RegionFrame region="inspector">{content.inspector()}</RegionFrame>
                </Panel>
              </Group>
            </Panel>
            <Separator className="separator" aria-label={t("region.resize", { name: t("region.dock") })} />
            <Panel
              id="dock"
              panelRef={dock.handle}
              onResize={dock.onResize}
              defaultSize="250px"
              minSize="110px"
              maxSize="75%"
              collapsible
              collapsedSize={0}
              groupResizeBehavior="preserve-pixel-size"
            >
              <RegionFrame region="dock">{content.dock()}</RegionFrame>
            </Panel>
          </Group>
        </Panel>
      </Group>
    </main>
  );
}

export function NarrowWorkspace() {
  const t = useT();
  const region = usePage((state) => state.narrowRegion);
  return (
    <main className="workspace narrow">
      <TabPanel id="narrow" tab={region} className="narrow-panel">
        {/* All stay drawn: a terminal that is taken down would lose its screen. */}
        {regions.map((one) => (
          <div key={one} className="narrow-region" hidden={one !== region}>
            <RegionFrame region={one}>{content[one]()}</RegionFrame>
          </div>
        ))}
      </TabPanel>
      <Tabs
        label={t("region.all")}
        controls="narrow"
        className="narrow-tabs"
        active={region}
        onChange={(id) => usePage.setState({ narrowRegion: id })}
        items={regions.map((one) => ({ id: one, label: t(names[one]) }))}
      />
    </main>
  );
}
