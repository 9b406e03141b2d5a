/** Keeps one broken part from taking the page with it: says what happened and offers to draw that part again. */
import { Component, type ReactNode } from "react";
import { t } from "../words/translate.ts";

interface Props {
  children: ReactNode;
  /** What the part is called on the page. */
  name: string;
}

export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="broken" role="alert">
        <h2>{t("broken.title", { name: this.props.name })}</h2>
        <p>{t("broken.text")}</p>
        <pre>{error.message}</pre>
        <button type="button" className="btn" onClick={() => this.setState({ error: null })}>
          {t("broken.again")}
        </button>
      </div>
    );
  }
}
