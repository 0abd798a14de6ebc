/**
 * Words for full-text search. Han, kana and hangul are written without spaces, and SQLite's tokenizers find nothing there
 * under three characters: such runs are cut into overlapping pairs, everything else into words.
 */
const RUNS =
  /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+)|([[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]]+)/gv;

/** Space-separated terms of a text: pairs of its ideographs, with each last one alone, and its words in lower case. */
export function termsOf(text: string): string {
  const terms: string[] = [];
  for (const [, ideographs, word] of text.normalize("NFKC").toLowerCase().matchAll(RUNS)) {
    if (ideographs === undefined) terms.push(word!);
    else terms.push(...pairsOf(ideographs));
  }
  return terms.join(" ");
}

/**
 * An FTS5 expression that finds texts with all of a search's words: each run of ideographs as a phrase of pairs, each
 * other word from its beginning. Nothing where the search has no word.
 */
export function matchExpression(search: string): string | undefined {
  const parts: string[] = [];
  for (const [, ideographs, word] of search.normalize("NFKC").toLowerCase().matchAll(RUNS)) {
    if (word !== undefined) parts.push(`"${word}"*`);
    else if ([...ideographs!].length === 1) parts.push(`"${ideographs}"*`);
    // The last ideograph alone is a term of the text, not of a search within it.
    else parts.push(`"${pairsOf(ideographs!).slice(0, -1).join(" ")}"`);
  }
  return parts.length === 0 ? undefined : parts.join(" AND ");
}

function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.map((character, index) => character + (characters[index + 1] ?? ""));
}
