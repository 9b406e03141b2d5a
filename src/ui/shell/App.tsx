/** The whole page: header above, four regions below, and what floats over them. */
import { lazy, Suspense, useEffect } from "react";
import { TipLayer } from "../components/TipLayer.tsx";
import { openDialog, usePage } from "../state/page.ts";
import { t, useT } from "../words/translate.ts";
import { Crashed } from "./Crashed.tsx";
import { Header } from "./Header.tsx";
import { LiveRegion } from "./LiveRegion.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { useNarrow } from "./use-narrow.ts";
import { NarrowWorkspace, WideWorkspace } from "./Workspace.tsx";

const NewClusterDialog = lazy(() => import("../features/clusters/NewClusterDialog.tsx"));
const ShareDialog = lazy(() => import("../features/share/ShareDialog.tsx"));
const LinkDialog = lazy(() => import("../features/share/LinkDialog.tsx"));
const Palette = lazy(() => import("./Palette.tsx"));
const Shortcuts = lazy(() => import("./Shortcuts.tsx"));

export function App() {
  useT();
  const narrow = useNarrow();
  const boot = usePage((state) => state.boot);
  const dialog = usePage((state) => state.dialog);
  useShortcuts();
  useEffect(() => {
    document.title = t("app.title");
  });
  return (
    <div className="app">
      <a className="skip-link" href="#region-dock">
        {t("app.skip")}
      </a>
      <Header />
      {boot === "crashed" ? <Crashed /> : narrow ? <NarrowWorkspace /> : <WideWorkspace />}
      <LiveRegion />
      <TipLayer />
      <Suspense fallback={null}>
        {dialog === "new-cluster" && <NewClusterDialog onClose={() => openDialog(null)} />}
        {dialog === "share" && <ShareDialog onClose={() => openDialog(null)} />}
        {dialog === "link" && <LinkDialog onClose={() => openDialog(null)} />}
        {dialog === "palette" && <Palette onClose={() => openDialog(null)} />}
        {dialog === "shortcuts" && <Shortcuts onClose={() => openDialog(null)} />}
      </Suspense>
    </div>
  );
}
