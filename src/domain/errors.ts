/**
 * Everything that can go wrong for a user, in one table: HTTP answers, operations, the command line and the documentation
 * read it. A code never changes its meaning.
 */
interface ErrorRow {
  /** The HTTP status where a request is refused with it. */
  readonly status: number;
  /** May the same request succeed later, unchanged? */
  readonly retryable: boolean;
  readonly title: string;
  /** What to do about it. */
  readonly help: string;
  /** The Solidity error that it stands for. */
  readonly contract?: string;
}

const row = (status: number, title: string, help: string): ErrorRow => ({
  status,
  retryable: false,
  title,
  help,
});
const later = (status: number, title: string, help: string): ErrorRow => ({
  status,
  retryable: true,
  title,
  help,
});
const ledger = (contract: string, status: number, title: string, help: string): ErrorRow => ({
  status,
  retryable: false,
  title,
  help,
  contract,
});

export const ERRORS = {
  // The request alone
  "validation-failed": row(
    400,
    "The request breaks a rule",
    "Correct the fields named in `errors` and send it again.",
  ),
  "payload-too-large": row(
    413,
    "The body is too large",
    "Send at most 1,000 items and 8 MiB in one request.",
  ),
  "idempotency-key-missing": row(
    400,
    "A write needs an Idempotency-Key",
    "Send a key of your own, 1 to 255 visible characters; use it again only to repeat this very request.",
  ),
  "idempotency-key-reused": row(
    422,
    "This Idempotency-Key came with another body before",
    "Use a new key for a new request.",
  ),
  "idempotency-key-in-flight": later(
    409,
    "The first request with this Idempotency-Key is still under way",
    "Repeat the request in a moment.",
  ),
  "not-authenticated": row(
    401,
    "No valid API key",
    "Send `Authorization: Bearer <key>` with a key that has neither expired nor been revoked.",
  ),
  "scope-missing": row(
    403,
    "The API key lacks the scope",
    "Ask the gateway's operator for a key with the scope named in `facts`.",
  ),
  "not-found": row(
    404,
    "Nothing here by that id",
    "Check the id; operations are shown to whoever asked for them.",
  ),
  "party-of-another-tenant": row(
    403,
    "The API key may not act for this party",
    "Use a key of the party itself, or of the exchange that runs the gateway.",
  ),
  "not-awaiting-review": row(
    409,
    "The operation does not wait for a review",
    "See GET /v1/reviews for what does.",
  ),
  "key-shown-once": row(
    409,
    "The API key of this request was shown already",
    "If it was lost, revoke it and create another with a new Idempotency-Key.",
  ),
  "method-not-allowed": row(405, "This route has no such method", "See the API page for what it takes."),
  "cursor-invalid": row(400, "The cursor is not one of this list", "Begin again without a cursor."),
  "cursor-rewound": row(
    409,
    "The ledger was rewound below the cursor",
    "Continue from the position in `facts`, and drop what you kept after it.",
  ),
  "rate-limited": later(429, "Too many requests with this key", "Wait for the seconds in Retry-After."),
  "signature-forged": row(
    400,
    "The signature is not the signer's over this content",
    "Sign the typed data exactly as the gateway shows it, with the key named as signer.",
  ),
  "signature-expired": row(400, "The signature's deadline has passed", "Sign again with a later deadline."),
  "not-ready": later(
    503,
    "The gateway is starting, stopping or behind the ledger",
    "Try again shortly; /ready tells the reason.",
  ),
  "index-behind": later(
    409,
    "The index has not reached the block asked for",
    "Try again shortly, or drop If-Block-At-Least.",
  ),
  internal: later(
    500,
    "Something failed that should not",
    "Try again; if it persists, give the operator the trace id.",
  ),
  // On the way to the ledger
  "returned-for-correction": row(
    422,
    "The reviewer returned the registration",
    "Correct the field named in `facts` and register again with a new Idempotency-Key.",
  ),
  "ledger-unavailable": later(
    503,
    "The ledger does not answer",
    "Nothing is lost: accepted operations go out when it is back.",
  ),
  "signer-unavailable": later(
    503,
    "The remote signer does not answer",
    "Nothing is lost: accepted operations are signed when it is back.",
  ),
  "ledger-rewound": row(
    409,
    "The ledger lost this operation's block and its deadline passed since",
    "Ask for it again with a new signature.",
  ),
  "transaction-failed": row(
    422,
    "The ledger refused the transaction for a reason without a name",
    "Give the operator the facts.",
  ),
  // The machine
  "config-missing": row(
    500,
    "A setting is missing",
    "Set what `facts` names, in the environment or the configuration file.",
  ),
  "config-invalid": row(500, "A setting is wrong", "Correct what `facts` names."),
  "port-in-use": row(500, "The port is in use", "Stop what listens there, or choose another port."),
  "state-locked": row(
    500,
    "Another process holds this state",
    "Stop the process named in `facts`, or use another directory.",
  ),
  "state-version": row(
    500,
    "The state was written by another version",
    "Use that version, or another directory.",
  ),
  "binary-missing": row(
    500,
    "A program that is needed is missing",
    "Install again with install scripts allowed.",
  ),
  "development-node": row(
    500,
    "The ledger is a development node",
    "Point the gateway at a real ledger, or set `embedded`.",
  ),
  "key-exposed": row(500, "Others can read the key file", "Make it readable by its owner alone: chmod 600."),
  "key-known": row(500, "The key is publicly known", "Make a key of your own: datadeed keystore new."),
  "reviewer-key-within-reach": row(
    500,
    "A reviewer's key is within the gateway's reach",
    "Keep it where the gateway's user can't read it: registrar and reviewer are two people.",
  ),
  "deployment-mismatch": row(
    500,
    "The ledger is not the one of the deployment file",
    "Check ledger URL and deployment file against each other.",
  ),
  // The command line
  usage: row(400, "The command line is wrong", "Run the command with --help to see what it takes."),
  "file-unreadable": row(500, "A file cannot be used", "Check the path and who may read it."),
  "password-wrong": row(500, "The password does not open the keystore", "Check the password file."),
  "gateway-unreachable": later(
    503,
    "The gateway cannot be reached",
    "Check --gateway (or DATADEED_URL) and that the gateway runs.",
  ),
  "node-unreachable": later(503, "The node cannot be asked", "Check --rpc and that the node runs."),
  "answer-untrusted": row(
    502,
    "The gateway's answer is not what was asked for",
    "Nothing was signed. Ask the gateway's operator, or use another gateway.",
  ),
  // The ledger's own refusals
  "region-not-open": ledger(
    "RegionNotOpen",
    422,
    "The region is not open",
    "Choose a region that governance opened.",
  ),
  "region-already-open": ledger(
    "RegionAlreadyOpen",
    409,
    "The region is open already",
    "Nothing needs doing.",
  ),
  "too-many-regions": ledger("TooManyRegions", 422, "No more regions can be opened", "Ask governance."),
  "party-already-admitted": ledger(
    "PartyAlreadyAdmitted",
    409,
    "The party was admitted before",
    "Use it as it is; its sponsor is in `facts`.",
  ),
  "party-unknown": ledger(
    "PartyUnknown",
    422,
    "Nobody admitted this party",
    "Have an exchange admit it first: POST /v1/parties.",
  ),
  "party-not-in-good-standing": ledger(
    "PartyNotInGoodStanding",
    422,
    "The party is suspended or its validity has ended",
    "Have it reinstated by its regulator, or renewed by its sponsor.",
  ),
  "party-lacks-role": ledger(
    "PartyLacksRole",
    422,
    "The party lacks the role",
    "Choose a party with the role named in `facts`.",
  ),
  "admission-invalid": ledger(
    "AdmissionInvalid",
    400,
    "A field of the admission breaks a rule",
    "Correct the field named in `facts`.",
  ),
  "wrong-region": ledger(
    "WrongRegion",
    422,
    "The party belongs to another region",
    "Choose a party of the region expected.",
  ),
  "key-not-live": ledger(
    "KeyNotLive",
    422,
    "The key acts for nobody",
    "Use a key that was added and neither revoked nor ended by a recovery.",
  ),
  "key-already-used": ledger(
    "KeyAlreadyUsed",
    409,
    "The address was a key before",
    "Make a new key: an address is a key once in its life.",
  ),
  "key-lacks-role": ledger(
    "KeyLacksRole",
    403,
    "The key lacks the role",
    "Use a key with the role named in `facts`.",
  ),
  "key-of-another-party": ledger(
    "KeyOfAnotherParty",
    403,
    "The key acts for another party",
    "Use a key of the party concerned.",
  ),
  "key-roles-conflict": ledger(
    "KeyRolesConflict",
    422,
    "These roles do not go together",
    "No key both registers and reviews, and roles must fit the party's.",
  ),
  "not-sponsor": ledger(
    "NotSponsorOf",
    403,
    "Only the party's sponsor may do this",
    "Ask the sponsor named in `facts`, or the regulator while that one is suspended.",
  ),
  "not-regulator": ledger(
    "NotRegulatorOf",
    403,
    "Only the region's regulator may do this",
    "Ask the region's regulator.",
  ),
  "recovery-not-pending": ledger("RecoveryNotPending", 409, "No recovery is under way", "Propose one first."),
  "recovery-pending": ledger(
    "RecoveryPending",
    409,
    "A recovery is under way",
    "Wait until it is completed or refused.",
  ),
  "recovery-too-early": ledger(
    "RecoveryTooEarly",
    409,
    "The recovery's delay is not over",
    "Try again after the time in `facts`.",
  ),
  "recovery-contested": ledger(
    "RecoveryContested",
    409,
    "A live key objected to the recovery",
    "The region's regulator decides now.",
  ),
  "recovery-not-contested": ledger(
    "RecoveryNotContested",
    409,
    "Nobody objected to the recovery",
    "It is completed by time, without a decision.",
  ),
  "duty-notice-too-short": ledger(
    "DutyNoticeTooShort",
    422,
    "Duties need their notice",
    "Choose a time not before the earliest in `facts`.",
  ),
  "lacks-duty": ledger(
    "LacksDuty",
    403,
    "The caller lacks the duty",
    "Only contracts with the duty may do this.",
  ),
  "signature-invalid": ledger(
    "SignatureInvalid",
    400,
    "The signature is not the signer's",
    "Sign the typed data exactly as shown.",
  ),
  "signature-late": ledger(
    "SignatureExpired",
    422,
    "The signature's deadline passed before it reached the ledger",
    "Sign again with a later deadline.",
  ),
  "nonce-already-used": ledger(
    "NonceAlreadyUsed",
    409,
    "The signer's nonce was used before",
    "Ask for new typed data and sign that.",
  ),
  "region-halted": ledger(
    "RegionIsHalted",
    422,
    "The region is halted",
    "Try again when its regulator reopens it.",
  ),
  "region-not-halted": ledger("RegionIsNotHalted", 409, "The region is not halted", "Nothing needs doing."),
  "notice-period-too-long": ledger(
    "NoticePeriodTooLong",
    422,
    "The notice period is too long",
    "Choose at most what `facts` says.",
  ),
  "registration-invalid": ledger(
    "RegistrationInvalid",
    400,
    "A field of the registration breaks a rule",
    "Correct the field named in `facts`.",
  ),
  "asset-already-registered": ledger(
    "AssetAlreadyRegistered",
    409,
    "The content is registered already",
    "See who holds it and where in `facts`; if that is wrong, open a dispute.",
  ),
  "asset-unknown": ledger("AssetUnknown", 404, "No such asset", "Check the id."),
  "asset-not-active": ledger(
    "AssetNotActive",
    409,
    "The asset is noticed, held or retired",
    "Wait for the end of notice or hold; a retired asset never returns.",
  ),
  "holder-not-sponsored": ledger(
    "HolderNotSponsored",
    422,
    "The holder is another exchange's client",
    "Register for your own clients, or have the party change its sponsor.",
  ),
  "reviewer-is-registrar": ledger(
    "ReviewerIsRegistrar",
    422,
    "Reviewer and registrar are the same key",
    "Have a second person review.",
  ),
  "reviewer-of-another-region": ledger(
    "ReviewerOfAnotherRegion",
    422,
    "The reviewer belongs to another region",
    "Have a reviewer of your region sign.",
  ),
  "not-in-review": ledger(
    "NotInReview",
    400,
    "The item is not what the reviewer signed",
    "Send it unchanged, with its own path.",
  ),
  "out-of-gas": ledger(
    "OutOfGas",
    503,
    "The transaction had too little gas",
    "Nothing took effect; it is sent again in smaller pieces.",
  ),
  "batch-too-large": ledger("BatchTooLarge", 413, "Too many items in one batch", "Send at most 1,000."),
  "parent-unavailable": ledger(
    "ParentUnavailable",
    422,
    "A parent is unknown or retired",
    "Name registered assets only.",
  ),
  "parents-not-increasing": ledger(
    "ParentsNotStrictlyIncreasing",
    400,
    "The parents are not strictly increasing",
    "Sort them and name each once.",
  ),
  "upstream-above-accepted": ledger(
    "UpstreamTotalAboveAccepted",
    422,
    "The parents ask for more than accepted",
    "Raise maxUpstreamTotal, or derive from others.",
  ),
  "upstream-too-high": ledger(
    "UpstreamTotalTooHigh",
    422,
    "The parents ask for more than one half",
    "Name fewer parents.",
  ),
  "too-many-ancestors": ledger("TooManyAncestors", 422, "More than 16 ancestors", "Name fewer parents."),
  "rate-not-lower": ledger(
    "RateNotLower",
    422,
    "The rate is only ever lowered",
    "Choose less than the present rate.",
  ),
  "not-holder": ledger(
    "NotHolder",
    403,
    "The party does not hold the right",
    "See who holds it: GET /v1/assets/{id}/rights.",
  ),
  "transfer-refused": ledger(
    "TransferRefused",
    422,
    "The policy refuses the transfer",
    "Each reason in `facts` says what stands against it.",
  ),
  "transfer-to-self": ledger(
    "TransferToSelf",
    422,
    "The receiver holds the right already",
    "Choose another party.",
  ),
  "hold-already-placed": ledger(
    "HoldAlreadyPlaced",
    409,
    "This source holds the asset already",
    "Nothing needs doing.",
  ),
  "hold-not-placed": ledger(
    "HoldNotPlaced",
    409,
    "This source holds nothing here",
    "Only the source that placed a hold lifts it.",
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export type Facts = Readonly<Record<string, unknown>>;

/** An error of the table with its facts. Its message is the title with the facts, for logs and people. */
export class DatadeedError extends Error {
  readonly code: ErrorCode;
  readonly facts: Facts;

  constructor(code: ErrorCode, facts: Facts = {}) {
    super(sentenceOf(code, facts));
    this.name = "DatadeedError";
    this.code = code;
    this.facts = facts;
  }
}

export function rowOf(code: ErrorCode): ErrorRow {
  return ERRORS[code];
}

/** The title, with the field and the rule where the facts have them. */
export function sentenceOf(code: ErrorCode, facts: Facts): string {
  const { field, rule } = facts as { field?: string; rule?: string };
  const where = field === undefined ? "" : `: ${field}${rule === undefined ? "" : ` ${rule}`}`;
  return `${ERRORS[code].title}${where}`;
}

const BY_CONTRACT = new Map(
  (Object.keys(ERRORS) as ErrorCode[]).flatMap((code) => {
    const { contract } = ERRORS[code] as ErrorRow;
    return contract === undefined ? [] : [[contract, code] as const];
  }),
);

/** The code of a contract's custom error; `transaction-failed` for one that the table does not know. */
export function codeOfContractError(name: string): ErrorCode {
  return BY_CONTRACT.get(name) ?? "transaction-failed";
}

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly help: string;
  readonly retryable: boolean;
  readonly facts: Facts;
}

export function problemOf(code: ErrorCode, facts: Facts = {}): Problem {
  const { status, title, help, retryable } = rowOf(code);
  return {
    type: `urn:datadeed:error:${code}`,
    title,
    status,
    code,
    detail: sentenceOf(code, facts),
    help,
    retryable,
    facts,
  };
}
