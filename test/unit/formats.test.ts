import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { descriptorRoot } from "../../src/domain/descriptor.ts";
import { type CatalogEntry, readCatalog } from "../../src/formats/catalog.ts";
import { registrationWish } from "../../src/http/registration.ts";

const SHARED = process.env.SHARED_DATA ?? join(import.meta.dirname, "../../../shared/data");

const entriesOf = (document: unknown): CatalogEntry[] =>
  readCatalog(typeof document === "string" ? document : JSON.stringify(document)).map((item) => {
    if ("problem" in item) throw new Error(`${item.problem.field} ${item.problem.rule}`);
    return item.entry;
  });
const problemsOf = (document: unknown) =>
  readCatalog(typeof document === "string" ? document : JSON.stringify(document)).flatMap((item) =>
    "problem" in item ? [{ index: item.index, ...item.problem }] : [],
  );

const LINE = {
  id: "hk:850f2d71b970b3d7",
  title: "Trade licences",
  publisher: "Food and Environmental Hygiene Department",
  description: "List of trade licences",
  keyword: ["licence"],
  theme: ["Food", null],
  license: "DATA.GOV.HK Terms",
  license_url: "https://data.gov.hk/en/terms-and-conditions",
  portal: "https://data.gov.hk/",
  lang: "en",
  region: "HK",
  distribution: [{ format: "XML", downloadURL: "https://data.gov.hk/licences.xml" }],
};
const lines = (...objects: unknown[]) => objects.map((each) => JSON.stringify(each)).join("\n");

describe("formats/catalog", () => {
  describe("JSON lines", () => {
    it("keeps what an entry says, in DCAT's words", () => {
      const [entry] = entriesOf(lines(LINE, { ...LINE, id: "hk:2" }));
      expect(entry!.publisher).to.equal(LINE.publisher);
      expect(entry!.content).to.deep.equal({ kind: "descriptor" });
      expect(entry!.descriptor).to.deep.equal({
        identifier: LINE.id,
        title: LINE.title,
        publisher: { name: LINE.publisher },
        description: LINE.description,
        keywords: ["licence"],
        theme: ["Food"],
        license: LINE.license,
        license_url: LINE.license_url,
        portal: LINE.portal,
        lang: "en",
        region: "HK",
        distribution: LINE.distribution,
      });
    });

    it("takes one line for an entry as well, a byte order mark, and Windows' line ends", () => {
      expect(entriesOf(LINE)).to.have.length(1);
      expect(
        entriesOf(`\ufeff${JSON.stringify(LINE)}\r\n\r\n${JSON.stringify({ ...LINE, id: "b" })}\r\n`),
      ).to.have.length(2);
    });

    it("names a table without a title by its identifier, and an entry without publisher by its portal", () => {
      const { title: _, publisher: __, ...bare } = LINE;
      const [entry] = entriesOf(lines({ ...bare, id: "my:bop_snapshot" }));
      expect(entry!.descriptor.title).to.equal("bop_snapshot");
      expect(entry!.publisher).to.equal("data.gov.hk");
    });

    it("numbers a theme of the EU's vocabulary, and guesses none", () => {
      const themes = (theme: string) => entriesOf(lines({ ...LINE, theme: [theme] }))[0]!.theme;
      expect(themes("Transport")).to.equal(13);
      expect(themes("http://publications.europa.eu/resource/authority/data-theme/ENVI")).to.equal(5);
      expect(themes("City Management")).to.equal(undefined);
    });

    it("gives the same root for the same identity, whatever else is said", () => {
      const [a] = entriesOf(lines(LINE));
      const [b] = entriesOf(lines({ ...LINE, description: "other words", modified: "2026-01-01" }));
      expect(descriptorRoot(a!.descriptor)).to.equal(descriptorRoot(b!.descriptor));
    });

    const spoiled: [string, unknown, string, RegExp][] = [
      ["no JSON", "{ not json", "line", /one JSON object/],
      ["a list", "[1]", "line", /one JSON object/],
      ["no id", JSON.stringify({ ...LINE, id: undefined }), "id", /must be given/],
      ["an id that is no text", JSON.stringify({ ...LINE, id: 7 }), "id", /must be a text/],
      ["a blank title", JSON.stringify({ ...LINE, title: "  " }), "title", /must not be empty/],
      ["a title that is no text", JSON.stringify({ ...LINE, title: ["a"] }), "title", /must be a text/],
      ["a blank publisher", JSON.stringify({ ...LINE, publisher: "" }), "publisher", /must not be empty/],
      [
        "neither publisher nor portal",
        JSON.stringify({ ...LINE, publisher: undefined, portal: undefined }),
        "publisher",
        /must be given/,
      ],
      ["a theme that is no list", JSON.stringify({ ...LINE, theme: "Food" }), "theme", /list of texts/],
      [
        "a licence address that is none",
        JSON.stringify({ ...LINE, license_url: "terms" }),
        "license_url",
        /URL/,
      ],
      [
        "a download address that is none",
        JSON.stringify({ ...LINE, distribution: [{ downloadURL: "here" }] }),
        "distribution[0].downloadURL",
        /URL/,
      ],
      [
        "a distribution that is no list",
        JSON.stringify({ ...LINE, distribution: {} }),
        "distribution",
        /list of objects/,
      ],
      ["a language that is none", JSON.stringify({ ...LINE, lang: "english language" }), "lang", /BCP 47/],
      ["half a character", JSON.stringify({ ...LINE, note: "\ud800" }), "descriptor", /I-JSON/],
      [
        "too much text",
        JSON.stringify({ ...LINE, note: "x".repeat(70_000) }),
        "descriptor",
        /at most 65536 bytes/,
      ],
      [
        "a title longer than a book's",
        JSON.stringify({ ...LINE, title: "x".repeat(30_000) }),
        "title",
        /at most 20000/,
      ],
    ];
    for (const [what, line, field, rule] of spoiled) {
      it(`refuses a line with ${what}, and reads the others`, () => {
        const found = problemsOf(`${JSON.stringify(LINE)}\n${line}\n${JSON.stringify({ ...LINE, id: "z" })}`);
        expect(found).to.have.length(1);
        expect(found[0]).to.include({ index: 1, field });
        expect(found[0]!.rule).to.match(rule);
      });
    }
  });

  describe("DCAT-AP", () => {
    const dataset = {
      "@id": "ex:1",
      "@type": "dcat:Dataset",
      "dcterms:title": [
        { "@language": "en", "@value": "Bees" },
        { "@language": "de", "@value": "Bienen" },
      ],
      "dcterms:description": { "@language": "en", "@value": "How many bees" },
      "dcterms:publisher": { "@id": "_:agency" },
      "dcat:theme": { "@id": "http://publications.europa.eu/resource/authority/data-theme/ENVI" },
      "dcat:keyword": [{ "@language": "en", "@value": "bee" }],
      "dcat:distribution": { "@id": "ex:1-csv" },
    };
    const graph = (...nodes: object[]) => ({
      "@context": {
        dcat: "http://www.w3.org/ns/dcat#",
        dcterms: "http://purl.org/dc/terms/",
        foaf: "http://xmlns.com/foaf/0.1/",
        ex: "https://example.org/",
      },
      "@graph": [
        ...nodes,
        { "@id": "_:agency", "@type": "foaf:Agent", "foaf:name": "Environmental Agency" },
        {
          "@id": "ex:1-csv",
          "@type": "dcat:Distribution",
          "dcat:downloadURL": { "@id": "https://example.org/bees.csv" },
        },
      ],
    });

    it("reads a dataset with its publisher and distributions, resolving the document's own names", () => {
      const [entry] = entriesOf(graph(dataset));
      expect(entry!.theme).to.equal(5);
      expect(entry!.publisher).to.equal("Environmental Agency");
      expect(entry!.descriptor).to.deep.include({
        identifier: "https://example.org/1",
        title: { en: "Bees", de: "Bienen" },
        description: "How many bees",
        keywords: ["bee"],
        distribution: [{ downloadURL: "https://example.org/bees.csv" }],
      });
    });

    it("prefers dcterms:identifier, and takes the catalogue's publisher where the dataset names none", () => {
      const { "dcterms:publisher": publisher, ...rest } = dataset;
      const catalogue = {
        "@id": "ex:c",
        "@type": "dcat:Catalog",
        "dcterms:publisher": publisher,
        "dcat:dataset": { "@id": "ex:1" },
      };
      const [entry] = entriesOf(graph({ ...rest, "dcterms:identifier": "bees-2026" }, catalogue));
      expect(entry!.descriptor.identifier).to.equal("bees-2026");
      expect(entry!.publisher).to.equal("Environmental Agency");
    });

    it("reads a document with DCAT-AP's context by address, nested nodes and language maps, without fetching anything", () => {
      const [entry] = entriesOf({
        "@context": "https://semiceu.github.io/DCAT-AP/releases/3.0.0/context.jsonld",
        "@id": "https://example.org/bees",
        "@type": ["Dataset"],
        title: { en: "Bees" },
        publisher: { "@id": "https://example.org/agency", name: "Agency" },
      });
      expect(entry!.descriptor).to.deep.equal({
        identifier: "https://example.org/bees",
        title: "Bees",
        publisher: { name: "Agency", identifier: "https://example.org/agency" },
      });
    });

    const spoiled: [string, object, string][] = [
      ["no title", { "dcterms:title": undefined }, "title"],
      ["no publisher", { "dcterms:publisher": undefined }, "publisher"],
      ["a publisher without a name", { "dcterms:publisher": { "@id": "_:nobody" } }, "publisher.name"],
      ["neither identifier nor address", { "@id": "_:b0" }, "identifier"],
    ];
    for (const [what, over, field] of spoiled) {
      it(`refuses a dataset with ${what}, and reads the others`, () => {
        const found = problemsOf(graph({ ...dataset, "@id": "ex:2" }, { ...dataset, ...over }));
        expect(found.map((each) => each.field)).to.deep.equal([field]);
      });
    }

    it("says so where a document has nothing to register", () => {
      expect(problemsOf(graph())[0]!.field).to.equal("@graph");
    });
  });

  describe("Croissant", () => {
    const titanic = {
      "@context": { "@vocab": "https://schema.org/", cr: "http://mlcommons.org/croissant/" },
      "@type": "sc:Dataset",
      conformsTo: "http://mlcommons.org/croissant/1.0",
      name: "Titanic",
      url: "https://www.openml.org/d/40945",
      creator: { "@type": "sc:Organization", name: "Encyclopedia Titanica" },
      keywords: "ships, history",
      distribution: [
        {
          "@id": "passengers.csv",
          contentUrl: "data/passengers.csv",
          sha256: "C6".repeat(32),
          encodingFormat: "text/csv",
        },
      ],
    };

    it("reads the dataset with the hashes of its files", () => {
      const [entry] = entriesOf(titanic);
      expect(entry!.publisher).to.equal("Encyclopedia Titanica");
      expect(entry!.descriptor).to.deep.include({
        identifier: "https://www.openml.org/d/40945",
        title: "Titanic",
        keywords: ["ships", "history"],
        distribution: [
          {
            name: "passengers.csv",
            downloadURL: "data/passengers.csv",
            format: "text/csv",
            sha256: "c6".repeat(32),
          },
        ],
      });
    });

    it("reads a list of documents, each by itself", () => {
      expect(
        problemsOf([
          titanic,
          { ...titanic, name: undefined },
          { ...titanic, distribution: [{ sha256: "12" }] },
        ]),
      ).to.deep.equal([
        { index: 1, field: "name", rule: "must be given" },
        { index: 2, field: "distribution[0].sha256", rule: "must be 64 hex digits" },
      ]);
    });
  });

  describe("real catalogs", () => {
    before(function () {
      if (!existsSync(join(SHARED, "catalogs"))) {
        console.log(`      skipped: ${SHARED} is not here (SHARED_DATA names another place)`);
        this.skip();
      }
    });
    const read = (...path: string[]) => readCatalog(readFileSync(join(SHARED, ...path), "utf8"));

    const counts = {
      "hk-datagovhk-2018": 627,
      "my-datagovmy-2026": 302,
      "global-aws-open-data-registry-2026": 1_190,
    };
    for (const [name, count] of Object.entries(counts)) {
      it(`reads all ${count} entries of ${name}, each with a root of its own`, () => {
        const items = read("catalogs", `${name}.jsonl`);
        const roots = items.map((item) =>
          "entry" in item ? descriptorRoot(item.entry.descriptor) : item.problem,
        );
        expect(new Set(roots).size).to.equal(count);
        expect(roots.filter((root) => typeof root !== "string")).to.deep.equal([]);
      });
    }

    it("reads entries that the API's own schema takes, all 2,119 of them", () => {
      const entries = Object.keys(counts).flatMap((name) => read("catalogs", `${name}.jsonl`));
      const refused = entries.flatMap((item): unknown[] => {
        if ("problem" in item) return [item.problem];
        const { descriptor, content } = item.entry;
        const wish = {
          holder: `0x${"be".repeat(20)}`,
          descriptor,
          content,
          rights: ["hold"],
          class: "public",
        };
        return registrationWish.safeParse(wish).error?.issues ?? [];
      });
      expect(entries).to.have.length(2_119);
      expect(refused).to.deep.equal([]);
    });

    it("reads the Croissant examples that have a name of their own", () => {
      const files = readdirSync(join(SHARED, "croissant"));
      const problems = files
        .flatMap((file) => read("croissant", file))
        .flatMap((item) => ("problem" in item ? [item.problem.field] : []));
      expect(problems).to.deep.equal(["url"]);
    });

    it("reads the DCAT-AP examples, or says what a registration lacks in them", () => {
      const folder = join("dcat-ap", "3.0.1", "examples");
      const files = readdirSync(join(SHARED, folder)).filter((file) => file.endsWith(".jsonld"));
      const items = files.flatMap((file) => read(folder, file));
      expect(items.filter((item) => "entry" in item)).to.have.length.above(5);
      for (const item of items) {
        if ("problem" in item)
          expect(item.problem.field).to.be.oneOf(["publisher", "publisher.name", "title", "@graph"]);
      }
    });
  });
});
