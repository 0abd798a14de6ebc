import type { EventFragment, ParamType } from "ethers";
import type { DeployedContract } from "../domain/deployment.ts";
import { INTERFACES } from "./abi.ts";

/**
 * Decodes the contracts' events, a few times faster than general libraries: a plan for each event is made once from the
 * ABI, and values are read as slices of the hex text.
 * Addresses and bytes are lower-case hex, integers up to 48 bits numbers, larger ones decimal strings.
 */
export interface DecodedEvent {
  readonly contract: DeployedContract;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

type Read = (data: string, at: number, base: number) => unknown;
interface Field {
  readonly name: string;
  readonly read: Read;
  /** Hex digits in the head. */
  readonly size: number;
}
interface Plan {
  readonly contract: DeployedContract;
  readonly name: string;
  readonly indexed: readonly Field[];
  readonly fields: readonly Field[];
}

const WORD = 64;

const PLANS = new Map<string, Plan>(
  (Object.keys(INTERFACES) as DeployedContract[]).flatMap((contract) =>
    INTERFACES[contract].fragments
      .filter((fragment): fragment is EventFragment => fragment.type === "event")
      .map((event) => [`${contract}:${event.topicHash}`, planOf(contract, event)] as const),
  ),
);

/** Nothing for a log that the contract's interface does not know. */
export function decodeEvent(
  contract: DeployedContract,
  topics: readonly string[],
  data: string,
): DecodedEvent | undefined {
  const plan = PLANS.get(`${contract}:${topics[0]}`);
  if (plan === undefined) return undefined;
  const args: Record<string, unknown> = {};
  for (let i = 0; i < plan.indexed.length; i++) {
    const { name, read } = plan.indexed[i]!;
    args[name] = read(topics[i + 1]!, 2, 2);
  }
  let at = 2;
  for (const { name, read, size } of plan.fields) {
    args[name] = read(data, at, 2);
    at += size;
  }
  return { contract, name: plan.name, args };
}

/** The first topic of an event, by contract and name. */
export function topicOf(contract: DeployedContract, event: string): string {
  return INTERFACES[contract].getEvent(event)!.topicHash;
}

function planOf(contract: DeployedContract, event: EventFragment): Plan {
  const field = (param: ParamType): Field => ({
    name: param.name,
    read: readerOf(param),
    size: headSize(param),
  });
  return {
    contract,
    name: event.name,
    indexed: event.inputs.filter(({ indexed }) => indexed).map(field),
    fields: event.inputs.filter(({ indexed }) => !indexed).map(field),
  };
}

function isDynamic({ type, baseType, components }: ParamType): boolean {
  return type === "bytes" || type === "string" || baseType === "array" || (components ?? []).some(isDynamic);
}

function headSize(param: ParamType): number {
  if (isDynamic(param) || param.components === null) return WORD;
  return param.components.reduce((sum, component) => sum + headSize(component), 0);
}

function numberAt(data: string, at: number): number {
  return Number.parseInt(data.slice(at + WORD - 12, at + WORD), 16);
}

function readerOf(param: ParamType): Read {
  const { type } = param;
  if (param.baseType === "array" && !isDynamic(param.arrayChildren!)) return readArray(param.arrayChildren!);
  if (type === "address") return (data, at) => `0x${data.slice(at + 24, at + WORD)}`;
  if (type === "bool") return (data, at) => data.charCodeAt(at + WORD - 1) === 0x31;
  if (type === "string") {
    const bytes = readBytes();
    return (data, at, base) => Buffer.from((bytes(data, at, base) as string).slice(2), "hex").toString();
  }
  if (type === "bytes") return readBytes();
  if (type.startsWith("bytes")) {
    const digits = 2 * Number(type.slice(5));
    return (data, at) => `0x${data.slice(at, at + digits)}`;
  }
  if (type.startsWith("uint")) {
    return Number(type.slice(4)) <= 48
      ? numberAt
      : (data, at) => BigInt(`0x${data.slice(at, at + WORD)}`).toString();
  }
  if (param.components !== null && !isDynamic(param)) return readStruct(param.components);
  throw new TypeError(`no reader for ${type}: an event of the contracts has a shape not met before`);
}

function readBytes(): Read {
  return (data, at, base) => {
    const start = base + 2 * numberAt(data, at);
    return `0x${data.slice(start + WORD, start + WORD + 2 * numberAt(data, start))}`;
  };
}

function readArray(item: ParamType): Read {
  const read = readerOf(item);
  const size = headSize(item);
  return (data, at, base) => {
    const start = base + 2 * numberAt(data, at);
    const length = numberAt(data, start);
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(read(data, start + WORD + i * size, start + WORD));
    return items;
  };
}

function readStruct(components: readonly ParamType[]): Read {
  const fields = components.map((component) => ({
    name: component.name,
    read: readerOf(component),
    size: headSize(component),
  }));
  return (data, at, base) => {
    const struct: Record<string, unknown> = {};
    for (const { name, read, size } of fields) {
      struct[name] = read(data, at, base);
      at += size;
    }
    return struct;
  };
}
