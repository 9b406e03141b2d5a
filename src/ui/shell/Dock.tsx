/** Below the sea: terminals, files and events as tabs, and a plus for more. */
import { lazy, Suspense } from "react";
import { FileText, Plus, SquareTerminal, X } from "lucide-react";
import { Menu } from "../components/Menu.tsx";
import { TabPanel, Tabs } from "../components/Tabs.tsx";
import { FilePicker } from "../features/editor/FilePicker.tsx";
import { TerminalPane } from "../features/terminal/TerminalPane.tsx";
import { EventList } from "../features/timeline/EventList.tsx";
import { closeFile, closeTerminal, newFile, openLaptop } from "../state/actions.ts";
import { type DockTab, showTab, terminalTabs, useDock } from "../state/dock.ts";
import { useDocuments } from "../state/documents.ts";
import { useT } from "../words/translate.ts";

const Editor = lazy(() => import("../features/editor/Editor.tsx"));

export function Dock() {
  const t = useT();
  const { tabs, active, session } = useDock();
  const shown = tabs.find((tab) => tab.id === active) ?? tabs[0];
  return (
    <div className={`dock-panel dock-shows-${shown?.type ?? "none"}`}>
      <div className="dock-tabs">
        <Tabs
          label={t("dock.tabs")}
          controls="dock-view"
          className="dock-tablist"
          active={shown?.id ?? ""}
          onChange={showTab}
          items={tabs.map((tab) => ({ id: tab.id, label: <TabLabel tab={tab} />, ...closing(tab) }))}
        />
        {shown !== undefined && closing(shown).onClose !== undefined && (
          <button
            type="button"
            className="btn quiet icon small"
            aria-label={t("dock.close")}
            data-tip={t("dock.close-tip")}
            onClick={closing(shown).onClose}
          >
            <X size={13} aria-hidden="true" />
          </button>
        )}
        <AddMenu />
      </div>
      <TabPanel id="dock-view" tab={shown?.id ?? ""} className="dock-view">
        {terminalTabs(tabs).map((tab) => (
          <TerminalPane
            key={`${session}-${tab.terminal}`}
            terminal={tab.terminal}
            session={session}
            shown={tab.id === shown?.id}
          />
        ))}
        {shown?.type === "file" && (
          <Suspense fallback={<p className="dock-wait">{t("editor.loading")}</p>}>
            <Editor key={shown.path} path={shown.path} />
          </Suspense>
        )}
        {shown?.type === "events" && <EventList />}
      </TabPanel>
    </div>
  );
}

function closing(tab: DockTab): { onClose?: () => void } {
  if (tab.type === "terminal" && tab.closable) return { onClose: () => closeTerminal(tab.terminal) };
  if (tab.type === "file") return { onClose: () => closeFile(tab.path) };
  return {};
}

function TabLabel({ tab }: { tab: DockTab }) {
  const t = useT();
  const changed = useDocuments(({ open }) => {
    const document = tab.type === "file" ? open.get(tab.path) : undefined;
    return document !== undefined && document.text !== document.saved;
  });
  if (tab.type === "events") return t("dock.events");
  if (tab.type === "terminal") return tab.title === "" ? t("dock.terminal") : tab.title;
  return (
    <>
      {tab.title}
      {changed && <span className="unsaved" role="img" aria-label={t("editor.unsaved")} />}
    </>
  );
}

function AddMenu() {
  const t = useT();
  return (
    <>
      <Menu
        label={t("dock.add")}
        tip={t("dock.add")}
        className="btn quiet icon small"
        button={<Plus size={14} aria-hidden="true" />}
        groups={[
          {
            items: [
              {
                id: "terminal",
                label: (
                  <>
                    <SquareTerminal size={13} aria-hidden="true" /> {t("dock.new-terminal")}
                  </>
                ),
                onChoose: () => void openLaptop(),
              },
              {
                id: "file",
                label: (
                  <>
                    <FileText size={13} aria-hidden="true" /> {t("dock.new-file")}
                  </>
                ),
                onChoose: () => void newFile(unusedName(), ""),
              },
            ],
          },
        ]}
      />
      <FilePicker />
    </>
  );
}

function unusedName(): string {
  const { open } = useDocuments.getState();
  for (let number = 1; ; number++) {
    const path = `/home/learner/app${number === 1 ? "" : `-${number}`}.yaml`;
    if (!open.has(path)) return path;
  }
}
