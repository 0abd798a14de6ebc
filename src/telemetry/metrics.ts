import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What Prometheus scrapes. Each part of the gateway makes its own series in the one registry handed to it. */
export interface Metrics {
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** `read` is asked at each scrape. */
  gauge(name: string, help: string, read: () => number): void;
  /** Seconds. */
  histogram<L extends string>(name: string, help: string, labels?: readonly L[]): Histogram<L>;
  readonly contentType: string;
  text(): Promise<string>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    counter: (name, help, labels = []) =>
      new Counter({ name: `datadeed_${name}`, help, labelNames: [...labels], registers }),
    gauge(name, help, read) {
      new Gauge({
        name: `datadeed_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    histogram: (name, help, labels = []) =>
      new Histogram({
        name: `datadeed_${name}`,
        help,
        labelNames: [...labels],
        buckets: SECONDS,
        registers,
      }),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
