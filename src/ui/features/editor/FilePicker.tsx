/** The laptop's files, to open one in the editor. */
import { useState } from "react";
import { FolderOpen } from "lucide-react";
import { Menu } from "../../components/Menu.tsx";
import { openFile } from "../../state/actions.ts";
import { engine } from "../../state/engine.ts";
import { useT } from "../../words/translate.ts";

export function FilePicker() {
  const t = useT();
  const [files, setFiles] = useState<{ path: string; size: number }[]>([]);
  // Asked for just before the menu opens: the list is the terminal's as well, and may have changed.
  const refresh = (): void => void engine().files().then(setFiles);
  return (
    <span onPointerEnter={refresh} onFocus={refresh}>
      <Menu
        label={t("files.open")}
        tip={t("files.open")}
        className="btn quiet icon small"
        button={<FolderOpen size={14} aria-hidden="true" />}
        empty={t("files.none")}
        groups={[
          {
            label: t("files.label"),
            items: files.map(({ path, size }) => ({
              id: path,
              label: <span className="mono">{path}</span>,
              command: t("files.size", { count: size }),
              onChoose: () => void openFile(path),
            })),
          },
        ].filter((group) => group.items.length > 0)}
      />
    </span>
  );
}
