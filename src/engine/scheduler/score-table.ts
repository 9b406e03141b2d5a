/** What plugins made of some nodes, in one list of numbers: decisions keep thousands of these. */

export interface PluginScore {
  readonly plugin: string;
  readonly raw: number;
  /** From 0 to 100, times the plugin's weight: what is added up. */
  readonly weighted: number;
}

/** `scaled`: raw scores are followed by the normalized ones; otherwise they are the same. */
export interface ScoreColumn {
  readonly plugin: string;
  readonly weight: number;
  readonly scaled: boolean;
}

export class ScoreTable {
  private readonly columns: readonly ScoreColumn[];
  /** Column by column, each by node. */
  private readonly numbers: readonly number[];
  private readonly nodes: number;

  constructor(columns: readonly ScoreColumn[], numbers: readonly number[], nodes: number) {
    this.columns = columns;
    this.numbers = numbers;
    this.nodes = nodes;
  }

  /** Of the node at this place, in the order of the plugins. */
  scoresOf(place: number): PluginScore[] {
    let at = place;
    return this.columns.map(({ plugin, weight, scaled }) => {
      const raw = this.numbers[at] as number;
      if (scaled) at += this.nodes;
      const weighted = weight * (this.numbers[at] as number);
      at += this.nodes;
      return { plugin, raw, weighted };
    });
  }
}

export const NO_SCORES = new ScoreTable([], [], 0);
