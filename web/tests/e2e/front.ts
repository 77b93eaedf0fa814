/** What stands between the real server and the browser: serves the built pages, and fails on demand. */

import { existsSync, readFileSync } from "node:fs";
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as forward,
} from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { extname, join } from "node:path";

const WEB = join(import.meta.dirname, "../..");
const DIST = join(WEB, "dist");

/** A change that passed the front. */
export interface Passed {
  method: string;
  path: string;
  key: string | undefined;
  status: number | null;
}

/** What the front does with the next change instead of passing it on. */
export type Trouble =
  | { type: "answer"; status: number; retryAfter?: number; code?: string }
  /** The server does it, and the answer waits until {@link Front.letThrough}. */
  | { type: "delay" }
  /** The server does it, and the answer is lost. */
  | { type: "lose-answer" }
  /** Nothing happens until the browser gives up. */
  | { type: "hang" };

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** As the server says it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; " +
  "require-trusted-types-for 'script'";

/** As the server looks for it to write the operator's number in. */
const NO_PHONE = '<meta name="daybook-phone" content="" />';

const SERVERS = ["/api", "/livez", "/readyz", "/c/", "/problems"];

export class Front {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<ServerResponse>();
  /** Applied to changes, in order. */
  troubles: Trouble[] = [];
  /** Every change that came by. */
  passed: Passed[] = [];
  /** Topics that each stream was asked for, with the position where one was shown. */
  streams: string[] = [];
  /** Drops so many of the next pieces of news from the streams. */
  swallow = 0;
  /** The number to call, which the server writes into its pages. */
  phone = "";
  readonly #delayed: (() => void)[] = [];
  #isLetThrough = false;
  /** Streams and sockets opened so far. */
  streamsOpened = 0;
  /** Makes the worker's script another one. */
  workerSuffix = "";
  /** While set, nothing gets through: connections are reset. */
  isDown = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("upgrade", (request, socket, head) => {
      this.streamsOpened += 1;
      const onward = connect(this.#target, "127.0.0.1", () => {
        const lines = [`${request.method} ${request.url} HTTP/1.1`];
        for (let at = 0; at < request.rawHeaders.length; at += 2) {
          lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
        }
        onward.write(`${lines.join("\r\n")}\r\n\r\n`);
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
  }

  /** @param api where the server itself is */
  static async start(api: string): Promise<Front> {
    const front = new Front(Number(new URL(api).port));
    await new Promise<void>((resolve) => front.#server.listen(0, "127.0.0.1", resolve));
    return front;
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Event streams that are open at the moment. */
  get streamsOpen(): number {
    return this.#streams.size;
  }

  /** Changes of bookings that came by. */
  get posts(): Passed[] {
    return this.passed.filter(({ path }) => path === "/api/portal/service-requests");
  }

  /** Hands over the answers that wait, and those that are still to come. */
  letThrough(): void {
    this.#isLetThrough = true;
    this.#delayed.splice(0).forEach((answer) => answer());
  }

  /** Cuts every connection, as a network does that goes away. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.isDown) {
      request.socket.destroy();
      return;
    }
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    if (SERVERS.some((one) => path.startsWith(one))) this.#forward(request, response, path);
    else this.#file(path, response);
  }

  #file(path: string, response: ServerResponse): void {
    const isPage = !path.includes(".");
    const name = isPage ? (path.startsWith("/admin") ? "/admin.html" : "/index.html") : path;
    const file = join(DIST, name);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
      "Cache-Control": name.startsWith("/assets/") ? "max-age=31536000, immutable" : "no-cache",
      "Content-Security-Policy": POLICY,
    });
    if (name.endsWith(".html")) {
      const page = readFileSync(file, "utf8");
      response.end(page.replace(NO_PHONE, NO_PHONE.replace('""', `"${this.phone}"`)));
      return;
    }
    const suffix = name === "/sw.js" ? this.workerSuffix : "";
    response.end(Buffer.concat([readFileSync(file), Buffer.from(suffix)]));
  }

  /** Hands a stream on, event by event, but for those that are swallowed. */
  #pass(answer: IncomingMessage, response: ServerResponse): void {
    let rest = "";
    answer.setEncoding("utf8");
    answer.on("data", (piece: string) => {
      const events = (rest + piece).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const isNews = /^event: \S+-updated$/m.test(event);
        if (isNews && this.swallow > 0) this.swallow -= 1;
        else response.write(`${event}\n\n`);
      }
    });
    answer.on("end", () => response.end());
    answer.on("error", () => response.destroy());
  }

  #forward(request: IncomingMessage, response: ServerResponse, path: string): void {
    const isChange = request.method !== "GET" && request.method !== "HEAD";
    const isKeyed = isChange && request.headers["idempotency-key"] !== undefined;
    const passed: Passed = {
      method: request.method ?? "",
      path,
      key: request.headers["idempotency-key"] as string | undefined,
      status: null,
    };
    if (isKeyed) this.passed.push(passed);
    const trouble = isKeyed ? this.troubles.shift() : undefined;
    if (trouble?.type === "answer") {
      request.resume();
      passed.status = trouble.status;
      const { status, retryAfter, code } = trouble;
      response.writeHead(status, {
        "Content-Type": "application/problem+json",
        ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
      });
      response.end(
        JSON.stringify({ code: code ?? "storage-unavailable", status, retry: "same-key" }),
      );
      return;
    }
    if (trouble?.type === "hang") {
      request.resume();
      return;
    }
    const isStream = path === "/api/portal/realtime";
    if (isStream) {
      this.streamsOpened += 1;
      this.#streams.add(response);
      this.streams.push(new URL(request.url ?? "", this.url).searchParams.get("topics") ?? "");
      response.on("close", () => this.#streams.delete(response));
    }
    const onward = forward(
      {
        host: "127.0.0.1",
        port: this.#target,
        method: request.method,
        path: request.url,
        headers: request.headers,
      },
      (answer) => {
        passed.status = answer.statusCode ?? null;
        if (trouble?.type === "lose-answer") {
          answer.resume();
          request.socket.destroy();
          return;
        }
        const hand = () => {
          response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
          if (isStream) this.#pass(answer, response);
          else answer.pipe(response);
        };
        if (trouble?.type === "delay" && !this.#isLetThrough) this.#delayed.push(hand);
        else hand();
      },
    );
    onward.on("error", () => request.socket.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }
}
