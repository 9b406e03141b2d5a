/** Which keys do what. */
import { Dialog } from "../components/Dialog.tsx";
import { useT } from "../words/translate.ts";

const keys = [
  ["F6", "shortcuts.f6"],
  ["Shift F6", "shortcuts.shift-f6"],
  ["Ctrl K, ⌘ K", "shortcuts.palette"],
  ["← ↑ → ↓", "shortcuts.arrows"],
  ["Enter", "shortcuts.enter"],
  ["Escape", "shortcuts.escape"],
  ["Ctrl Shift C, V", "shortcuts.copy"],
  ["Escape, Tab", "shortcuts.editor"],
] as const;

export default function Shortcuts({ onClose }: { onClose(): void }) {
  const t = useT();
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose}>
      <table className="shortcuts">
        <tbody>
          {keys.map(([key, words]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{t(words)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
