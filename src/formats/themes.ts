/**
 * The thirteen data themes of the EU's vocabulary that DCAT-AP requires, numbered from 1 in the order of their codes; each
 * with its label.
 */
const THEMES: readonly (readonly [code: string, label: string])[] = [
  ["AGRI", "Agriculture, fisheries, forestry and food"],
  ["ECON", "Economy and finance"],
  ["EDUC", "Education, culture and sport"],
  ["ENER", "Energy"],
  ["ENVI", "Environment"],
  ["GOVE", "Government and public sector"],
  ["HEAL", "Health"],
  ["INTR", "International issues"],
  ["JUST", "Justice, legal system and public safety"],
  ["REGI", "Regions and cities"],
  ["SOCI", "Population and society"],
  ["TECH", "Science and technology"],
  ["TRAN", "Transport"],
];

/** By code, label, or the vocabulary's address; nothing for a portal's own theme: a near miss would be a false claim. */
export function themeOf(text: string): number | undefined {
  const name = text.slice(text.lastIndexOf("/") + 1).toLowerCase();
  const index = THEMES.findIndex(
    ([code, label]) => code.toLowerCase() === name || label.toLowerCase() === text.toLowerCase(),
  );
  return index < 0 ? undefined : index + 1;
}
