/** A mail server and a receiver of webhooks, both of which say no when asked to. */

import { type Server, createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server as NetServer, type Socket, createServer } from "node:net";

/** Takes mail and forgets it, but for one address while it is refused. */
export class MailSink {
  readonly #server: NetServer;
  readonly #sockets = new Set<Socket>();
  refused = "";
  /** Addresses that a letter was taken for, in order. */
  readonly taken: string[] = [];

  private constructor() {
    this.#server = createServer((socket) => this.#talk(socket));
  }

  static async start(): Promise<MailSink> {
    const sink = new MailSink();
    await new Promise<void>((resolve) => sink.#server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #talk(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const say = (line: string) => socket.write(`${line}\r\n`);
    let rest = "";
    let isData = false;
    let to = "";
    say("220 sink.example");
    socket.on("data", (bytes) => {
      rest += bytes.toString("latin1");
      for (;;) {
        const end = rest.indexOf(isData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const line = rest.slice(0, end);
        rest = rest.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          this.taken.push(to);
          say("250 taken");
        } else if (/^RCPT /i.test(line)) {
          to = /<([^>]*)>/.exec(line)?.[1] ?? "";
          say(to === this.refused ? "550 nobody of that name here" : "250 ok");
        } else if (/^DATA/i.test(line)) {
          isData = true;
          say("354 go on");
        } else {
          say(/^QUIT/i.test(line) ? "221 bye" : "250 ok");
        }
      }
    });
  }
}

export interface Heard {
  id: string;
  signature: string;
  type: string;
}

/** Hears webhooks, and answers what it is told to. */
export class Receiver {
  readonly #server: Server;
  status = 204;
  readonly heard: Heard[] = [];

  private constructor() {
    this.#server = createHttpServer((request, response) => {
      let body = "";
      request.on("data", (bytes: Buffer) => (body += bytes.toString()));
      request.on("end", () => {
        this.heard.push({
          id: String(request.headers["webhook-id"]),
          signature: String(request.headers["webhook-signature"]),
          type: (JSON.parse(body) as { type: string }).type,
        });
        response.writeHead(this.status).end();
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
