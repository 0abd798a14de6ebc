import type { Request, Response } from "express";
import type { Principal } from "../auth/keys.ts";
import type { Scope } from "../auth/scopes.ts";
import type { ErrorCode } from "../domain/errors.ts";
import type { Hash, PartyId } from "../domain/ids.ts";
import type { z } from "./schemas.ts";

/** One method of one path: what it takes, who may ask, what it answers. The server and /openapi.json read the same. */
export interface Route<P = unknown, Q = unknown, B = unknown> {
  /** In OpenAPI the `operationId`. */
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  /** With parameters as `{id}`. */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** The scope that a key must have; `peer` also takes a request signed by another exchange's gateway. */
  readonly access: Scope | "open" | "peer";
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Where it is told more exactly than `body` validates. */
  readonly bodyDocs?: z.ZodType;
  /** Bytes; 256 KiB where it is left out. */
  readonly largestBody?: number;
  /** Takes `Idempotency-Key` and `Prefer: wait=N`. */
  readonly isWrite?: boolean;
  /** Takes `If-Block-At-Least`. */
  readonly isIndexed?: boolean;
  readonly answers: Readonly<Record<number, AnswerDocs>>;
  /** Beyond those that every route of its kind has. */
  readonly errors?: readonly ErrorCode[];
  handle(call: Call<P, Q, B>): Answer | Promise<Answer>;
}

export interface AnswerDocs {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** `application/json` where it is left out. */
  readonly type?: string;
}

export interface Call<P, Q, B> {
  readonly principal: Principal;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly request: Request;
  readonly response: Response;
  /** Names this write to the outbox. Throws `idempotency-key-missing`. */
  write(): { readonly tenant: PartyId; readonly idempotencyKey: string; readonly requestHash: Hash };
  /** Milliseconds that the caller is ready to wait for the operation's end. */
  readonly wait: number;
}

export type Answer =
  | {
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The body as text, of a type of its own. */
  | {
      readonly status: number;
      readonly text: string;
      readonly type: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The handler answers by itself, for as long as it likes. */
  | "streaming";

/** Forgets the types that the handler was checked with, so that routes make one list. */
export function route<P, Q, B>(definition: Route<P, Q, B>): Route {
  return definition as unknown as Route;
}
