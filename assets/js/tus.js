// One resumable upload by tus 1.0 (https://tus.io/protocols/resumable-upload): creation, PATCH in
// chunks, HEAD to find out where to go on, termination.

const VERSION = { 'Tus-Resumable': '1.0.0' };
const WAITS = [1, 2, 4, 8, 15, 30, 30, 60, 60, 60];

const encode = (text) => {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
};

/** Why an upload stopped. `words` are the server's own, where it sent some. */
export class Failure extends Error {
  constructor(kind, words = '') {
    super(kind);
    this.kind = kind;
    this.words = words;
  }
}

const KINDS = {
  401: 'session', 403: 'session', 404: 'session', 410: 'session', 413: 'too-large', 507: 'store-full',
};

/** The failure that an answer means. */
const failure = (answer) => {
  let words = '';
  try {
    const problem = JSON.parse(answer.text);
    words = [problem.error, problem.next].filter(Boolean).join('. ');
  } catch {
    // Not every answer on the way comes from Lanterna.
  }
  return new Failure(KINDS[answer.status] ?? (answer.status >= 500 ? 'server' : 'refused'), words);
};

/** Whether waiting can help: nobody there, busy, too fast, or a server in trouble. */
const passing = ({ status }) =>
  status === 0 || status === 408 || status === 409 || status === 423 || status === 429 ||
  (status >= 500 && status !== 501 && status !== 507);

const pause = (seconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(done, seconds * 1000);
  function done() {
    clearTimeout(timer);
    removeEventListener('online', done);
    signal.removeEventListener('abort', done);
    resolve();
  }
  addEventListener('online', done);
  signal.addEventListener('abort', done);
});

/** One request. XMLHttpRequest, because fetch tells nothing of what has been sent so far. */
const request = (method, url, { headers = {}, body = null, signal, progress }) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const stop = () => xhr.abort();
    const end = (act) => () => {
      signal?.removeEventListener('abort', stop);
      act();
    };
    const answer = () => resolve({
      status: xhr.status,
      text: xhr.responseText,
      header: (name) => xhr.getResponseHeader(name),
    });
    xhr.open(method, url);
    for (const [name, value] of Object.entries({ Accept: 'application/json', ...VERSION, ...headers })) {
      xhr.setRequestHeader(name, value);
    }
    if (progress) xhr.upload.onprogress = (event) => progress(event.loaded);
    xhr.onload = end(answer);
    xhr.onerror = end(answer);
    xhr.onabort = end(() => reject(signal.reason));
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) reject(signal.reason);
    else xhr.send(body);
  });

/**
 * A file on its way.
 *
 * `memory` remembers where a file's upload lives: `recall(file)`, `keep(file, id)`, `forget(file)`.
 * `on` is told `progress(bytes)`, `retrying()` and `resumed()`.
 */
export class Upload {
  #abort = new AbortController();
  #url = null;
  #failures = 0;

  constructor(file, { endpoint, metadata, chunk, memory, on }) {
    Object.assign(this, { file, metadata, chunk, memory, on });
    this.endpoint = new URL(endpoint, location.href);
  }

  /** Sends what is missing. Answers the item's id; throws a `Failure`, or `AbortError` if paused. */
  async run() {
    this.#abort = new AbortController();
    this.#failures = 0;
    let at = await this.#find();
    for (;;) {
      this.on.progress(at.offset);
      if (at.offset >= this.file.size) {
        await this.memory.forget(this.file);
        return at.item;
      }
      at = await this.#send(at.offset);
    }
  }

  /** Stops sending; `run` goes on later. */
  pause() {
    this.#abort.abort();
  }

  /** Stops, and lets the server throw away what it has. */
  async cancel() {
    this.pause();
    await this.memory.forget(this.file);
    if (!this.#url) return;
    await request('DELETE', this.#url, {});
  }

  /** Where to go on: at what an earlier visit left, or at the start. */
  async #find() {
    const known = this.#url ? null : await this.memory.recall(this.file);
    if (known) this.#url = this.#address(known);
    if (this.#url) {
      const answer = await this.#insist(() => this.#ask('HEAD', this.#url));
      const gone = answer.status === 404 || answer.status === 410;
      // Whatever else is in the way (an ended session) leaves the upload where it is.
      if (!gone && answer.status >= 300) throw failure(answer);
      const length = Number(answer.header('Upload-Length') ?? this.file.size);
      if (!gone && length === this.file.size) {
        this.on.resumed();
        return this.#state(answer);
      }
      await this.memory.forget(this.file);
      this.#url = null;
    }
    return this.#create();
  }

  async #create() {
    const metadata = Object.entries(this.metadata).map(([name, text]) => `${name} ${encode(text)}`);
    const headers = { 'Upload-Length': String(this.file.size), 'Upload-Metadata': metadata.join(',') };
    const answer = await this.#insist(() => this.#ask('POST', this.endpoint, { headers }));
    const location = answer.header('Location');
    if (answer.status !== 201 || !location) throw failure(answer);
    this.#url = new URL(location, this.endpoint);
    await this.memory.keep(this.file, this.#url.pathname.split('/').pop());
    return { offset: 0, item: null };
  }

  /** Sends one chunk. Answers where the server stands then. */
  async #send(offset) {
    const body = this.file.slice(offset, offset + this.chunk);
    const headers = {
      'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
    };
    const progress = (sent) => this.on.progress(offset + Math.min(sent, body.size));
    const answer = await this.#ask('PATCH', this.#url, { headers, body, progress });
    if (answer.status === 204 || answer.status === 200) {
      this.#failures = 0;
      return this.#state(answer);
    }
    if (!passing(answer)) throw failure(answer);
    await this.#readable();
    await this.#wait(answer);
    const now = await this.#insist(() => this.#ask('HEAD', this.#url));
    if (now.status >= 300) throw failure(now);
    const state = this.#state(now);
    if (state.offset > offset) this.#failures = 0;
    return state;
  }

  #ask(method, url, more = {}) {
    return request(method, url, { ...more, signal: this.#abort.signal });
  }

  /** Repeats a small request for as long as waiting can help. */
  async #insist(ask) {
    for (;;) {
      const answer = await ask();
      if (!passing(answer)) return answer;
      await this.#wait(answer);
    }
  }

  async #wait(answer) {
    const wait = WAITS[this.#failures];
    if (wait === undefined) throw answer.status === 0 ? new Failure('network') : failure(answer);
    this.#failures += 1;
    this.on.retrying();
    const asked = Number(answer.header('Retry-After')) || 0;
    // A class that lost its network doesn't come back in one moment.
    await pause(Math.max(asked, wait * (0.75 + Math.random() / 2)), this.#abort.signal);
    this.#abort.signal.throwIfAborted();
  }

  /** A file that was moved or changed looks like a lost connection; tell them apart. */
  async #readable() {
    try {
      await this.file.slice(0, 1).arrayBuffer();
    } catch {
      throw new Failure('unreadable');
    }
  }

  #state(answer) {
    return {
      offset: Number(answer.header('Upload-Offset')),
      item: answer.header('Lanterna-Item'),
    };
  }

  #address(id) {
    return new URL(`${this.endpoint.pathname}/${encodeURIComponent(id)}`, this.endpoint);
  }
}
