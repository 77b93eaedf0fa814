/** One line of Prometheus text. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Most lines that are read: a page of numbers, not a database. */
const LINES_MAX = 20_000;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the text format of Prometheus. Comments and what is no sample are passed over. */
export function readMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n", LINES_MAX)) {
    const match = LINE.exec(line);
    if (match === null || line.startsWith("#")) continue;
    const [, name = "", inner = "", number = ""] = match;
    const value = Number(number.replace("+Inf", "Infinity"));
    if (Number.isNaN(value)) continue;
    const labels = Object.fromEntries(
      [...inner.matchAll(LABEL)].map(([, label = "", quoted = ""]) => [label, quoted]),
    );
    samples.push({ name, labels, value });
  }
  return samples;
}

/** The sum of all samples called `name` whose labels fit. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  fits: (labels: Record<string, string>) => boolean = () => true,
): number {
  return samples
    .filter((sample) => sample.name === name && fits(sample.labels))
    .reduce((sum, sample) => sum + sample.value, 0);
}

/** One route of the server and how it does. */
export interface RouteLoad {
  method: string;
  route: string;
  count: number;
  failures: number;
  meanMs: number;
}

/** Requests by route, the busiest first. */
export function routeLoads(samples: readonly Sample[]): RouteLoad[] {
  const loads = new Map<string, RouteLoad & { seconds: number; timed: number }>();
  const at = ({ method = "", route = "" }: Record<string, string>) => {
    const key = `${method} ${route}`;
    let load = loads.get(key);
    if (load === undefined) {
      load = { method, route, count: 0, failures: 0, meanMs: 0, seconds: 0, timed: 0 };
      loads.set(key, load);
    }
    return load;
  };
  for (const { name, labels, value } of samples) {
    if (name === "daybook_http_requests_total") {
      const load = at(labels);
      load.count += value;
      if ((labels.status ?? "").startsWith("5")) load.failures += value;
    } else if (name === "daybook_http_request_seconds_sum") {
      at(labels).seconds += value;
    } else if (name === "daybook_http_request_seconds_count") {
      at(labels).timed += value;
    }
  }
  return [...loads.values()]
    .filter((load) => load.count > 0)
    .map(({ seconds, timed, ...load }) => ({
      ...load,
      meanMs: timed > 0 ? (seconds / timed) * 1_000 : 0,
    }))
    .sort((one, other) => other.count - one.count);
}
