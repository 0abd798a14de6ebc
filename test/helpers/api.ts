/** A client of the HTTP API that checks every answer against the gateway's own OpenAPI document. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect } from "chai";

// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects of the body
export type Json = any;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface Asked {
  readonly key?: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  get(path: string, asked?: Asked): Promise<Reply>;
  /** With an Idempotency-Key of its own unless `headers` has one, or `undefined` in its place. */
  post(path: string, asked?: Asked): Promise<Reply>;
  delete(path: string, asked?: Asked): Promise<Reply>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}
interface Described {
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: object }> }>>;
}

let asked = 0;

export function apiOf(url: string, openApi: object): Api {
  const check = checkerOf(openApi as Document);

  async function send(method: string, path: string, { key, body, raw, headers }: Asked): Promise<Reply> {
    const response = await fetch(url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined && raw === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined && raw === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const reply = {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
    check(method, path, reply);
    return reply;
  }

  return {
    get: (path, asked = {}) => send("GET", path, asked),
    post: (path, { headers = {}, ...rest } = {}) => {
      const own = "idempotency-key" in headers ? {} : { "idempotency-key": `test-${++asked}` };
      const given = Object.entries({ ...own, ...headers }).filter(([, value]) => value !== "");
      return send("POST", path, { ...rest, headers: Object.fromEntries(given) });
    },
    delete: (path, asked = {}) => send("DELETE", path, asked),
  };
}

/** Fails where an answer's status or type is not described, or its body is not as described. */
function checkerOf(document: Document): (method: string, path: string, reply: Reply) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(closed(document) as object, "api");
  const compiled = new Map<string, ValidateFunction>();
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`),
  }));

  function validator(pointer: string): ValidateFunction {
    const known = compiled.get(pointer);
    if (known !== undefined) return known;
    const made = ajv.compile({ $ref: `api#${pointer}` });
    compiled.set(pointer, made);
    return made;
  }

  return (method, path, { status, headers, body }) => {
    const [pathname] = path.split("?");
    const matches = templates.filter(({ pattern }) => pattern.test(pathname!));
    // Of two that match, the one without a parameter in that place is meant.
    const found = matches.sort((a, b) => a.template.split("{").length - b.template.split("{").length)[0];
    const described = found && document.paths[found.template]![method.toLowerCase()];
    // Paths that are not of the API answer problems too.
    if (found === undefined || described === undefined) {
      expect(
        validator("/components/schemas/Problem")(body),
        `${method} ${path}: ${JSON.stringify(body)}`,
      ).to.equal(true);
      return;
    }
    if (status === 304) return;
    const key = String(status) in described.responses ? String(status) : "default";
    const type = headers.get("content-type")!.split(";")[0]!;
    const where = `${method} ${found.template} answers ${status} ${type}`;
    expect(
      described.responses[key]?.content,
      `${where}, which OpenAPI does not have: ${JSON.stringify(body)}`,
    ).to.have.property(type);
    const parts = [
      "paths",
      found.template,
      method.toLowerCase(),
      "responses",
      key,
      "content",
      type,
      "schema",
    ];
    const validate = validator(
      parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join(""),
    );
    expect(
      validate(body),
      `${where}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(body)}`,
    ).to.equal(true);
  };
}

/** The document with every object closed: an answer must not have a member that nobody described. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, closed(each)]));
  const isOpen = members.type === "object" && "properties" in members && !("additionalProperties" in members);
  return isOpen ? { ...members, additionalProperties: false } : members;
}
