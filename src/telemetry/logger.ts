import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

/** Whatever carries a secret, at the depths at which objects are logged. */
const SECRETS = ["authorization", "password", "privateKey", "secret", "cookie"];

/** Structured lines of JSON, without secrets. Handed to whoever logs; never global. */
export function createLogger(
  settings: { readonly level?: string; readonly name?: string },
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      level: settings.level ?? "info",
      base: settings.name === undefined ? {} : { name: settings.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: SECRETS.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]),
        censor: "[redacted]",
      },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}
