/** JSON for reading: every fact a row, nested ones by a dotted name; what is empty or zero says nothing and is left out. */

export type Facts = Readonly<Record<string, unknown>>;

export function rowsOf(facts: Facts, prefix = ""): string[][] {
  return Object.entries(facts).flatMap(([name, value]) => rowOf(prefix + name, value));
}

function rowOf(name: string, value: unknown): string[][] {
  if (value === null || value === undefined || value === "" || value === 0) return [];
  if (Array.isArray(value)) {
    const isPlain = value.every((each) => typeof each !== "object");
    if (isPlain) return value.length === 0 ? [] : [[name, value.join(", ")]];
    return value.flatMap((each, index) => rowOf(`${name}[${index}]`, each));
  }
  return typeof value === "object" ? rowsOf(value as Facts, `${name}.`) : [[name, String(value)]];
}
