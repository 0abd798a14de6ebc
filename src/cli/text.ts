/** Text for a terminal: columns that stay aligned in any script, and nothing that a terminal would obey. */

/** East Asian Wide and Fullwidth, and emoji: two columns each (Unicode Standard Annex 11, in the blocks that texts use). */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f251}\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** Control characters, and those that turn the direction of what follows. */
const OBEYED = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Columns that the text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** Descriptors are written by strangers: a title must not move the cursor or hide what follows. */
export function harmless(text: string): string {
  return text.replace(OBEYED, (character) =>
    /\s/.test(character) ? " " : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** At most `columns` wide, with an ellipsis where something is left out. */
export function shorten(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  for (const character of text) {
    if (widthOf(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** Rows in aligned columns, two spaces between; no trailing spaces. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const cells = rows.map((row) => row.map(harmless));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  }
  return cells
    .map((row) => indent + row.map((cell, column) => padTo(cell, widths[column]!)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** `1,190 items`, `1 item`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? noun : plural}`;
}

/** An instant of the ledger: RFC 3339, to the second. */
export function instant(unixSecond: number): string {
  return `${new Date(unixSecond * 1000).toISOString().slice(0, 19)}Z`;
}
