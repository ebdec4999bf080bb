// One resumable upload by tus 1.0 (https://tus.io/protocols/resumable-upload): creation, PATCH in
// chunks with their checksums where the server takes them, HEAD to find out where to go on,
// termination.

const VERSION = { 'Tus-Resumable': '1.0.0' };
/** Seconds between attempts. Without a connection the last one is repeated for as long as it takes. */
const WAITS = [1, 2, 4, 8, 15, 30, 30, 60, 60, 60];

const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** Why an upload stopped. `words` are the server's own, where it sent some. */
export class Failure extends Error {
  constructor(kind, words = '') {
    super(kind);
    this.kind = kind;
    this.words = words;
  }
}

/** Codes of answers for which the page has better words than the server. */
const CODES = {
  'session-ended': 'session',
  'session-other-browser': 'session',
  'cookie-needed': 'session',
};
const KINDS = { 413: 'too-large', 507: 'store-full' };

/** The failure that an answer means. */
const failure = (answer) => {
  let problem = {};
  try {
    problem = JSON.parse(answer.text);
  } catch {
    // Not every answer on the way comes from Lanterna, and those to HEAD have no text.
  }
  const known = CODES[problem.code];
  if (known) return new Failure(known);
  if (answer.status === 401 || (answer.status === 403 && !problem.code)) return new Failure('session');
  const words = [problem.error, problem.next].filter(Boolean).join('. ');
  return new Failure(KINDS[answer.status] ?? (answer.status >= 500 ? 'server' : 'refused'), words);
};

/** Whether waiting can help: nobody there, busy, garbled on the way, or a server in trouble. */
const passing = ({ status }) =>
  [0, 408, 409, 423, 429, 460].includes(status) || (status >= 500 && status !== 501 && status !== 507);

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

/** Bytes of a chunk with a checksum: one that breaks off is lost whole, and sent again. */
const CHECKED = 8 * 1024 * 1024;

/** Whether the server takes checksums that this browser can make. Asked once. */
const takesChecksums = (() => {
  let asked = null;
  return (endpoint) => {
    asked ??= request('OPTIONS', endpoint, {}).then(({ header }) => {
      const lists = (name, value) => (header(name) ?? '').split(',').some((one) => one.trim() === value);
      return lists('Tus-Extension', 'checksum') && lists('Tus-Checksum-Algorithm', 'sha256');
    });
    return globalThis.crypto?.subtle ? asked : Promise.resolve(false);
  };
})();

const checksum = async (bytes) => {
  const digest = await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer());
  return `sha256 ${base64(new Uint8Array(digest))}`;
};

/**
 * A file on its way.
 *
 * `id` is that of an upload to go on with, if there is one. `on` is told `progress(bytes)`,
 * `retrying()` and `resumed()`.
 */
export class Upload {
  #abort = new AbortController();
  #url = null;
  #failures = 0;

  constructor(file, { endpoint, metadata, chunk, id, on }) {
    Object.assign(this, { file, metadata, chunk, on });
    this.endpoint = new URL(endpoint, location.href);
    if (id) this.#url = new URL(`${this.endpoint.pathname}/${encodeURIComponent(id)}`, this.endpoint);
  }

  /** The id of the upload, once it is begun; whoever knows it goes on with it. */
  get id() {
    return this.#url?.pathname.split('/').pop() ?? null;
  }

  /** Sends what is missing. Answers the item's id; throws a `Failure`, or `AbortError` if paused. */
  async run() {
    this.#abort = new AbortController();
    this.#failures = 0;
    let at = await this.#find();
    for (;;) {
      this.on.progress(at.offset);
      if (at.offset >= this.file.size) return at.item;
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
    if (this.#url) await request('DELETE', this.#url, {});
  }

  /** Where to go on: at what an earlier visit left, or at the start. */
  async #find() {
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
      this.#url = null;
    }
    return this.#create();
  }

  async #create() {
    const encode = (text) => base64(new TextEncoder().encode(text));
    const metadata = Object.entries(this.metadata).map(([name, text]) => `${name} ${encode(text)}`);
    const headers = { 'Upload-Length': String(this.file.size), 'Upload-Metadata': metadata.join(',') };
    const answer = await this.#insist(() => this.#ask('POST', this.endpoint, { headers }));
    const location = answer.header('Location');
    if (answer.status !== 201 || !location) throw failure(answer);
    this.#url = new URL(location, this.endpoint);
    return { offset: 0, item: null };
  }

  /** Sends one chunk. Answers where the server stands then. */
  async #send(offset) {
    const checked = await this.#checks();
    const most = checked ? Math.min(this.chunk, CHECKED) : this.chunk;
    const body = this.file.slice(offset, offset + most);
    const headers = {
      'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
    };
    if (checked) headers['Upload-Checksum'] = await this.#readable(() => checksum(body));
    const progress = (sent) => this.on.progress(offset + Math.min(sent, body.size));
    const answer = await this.#ask('PATCH', this.#url, { headers, body, progress });
    if (answer.status === 204 || answer.status === 200) {
      this.#failures = 0;
      return this.#state(answer);
    }
    if (!passing(answer)) return this.#settled(answer);
    await this.#readable(() => this.file.slice(0, 1).arrayBuffer());
    await this.#wait(answer);
    const now = await this.#insist(() => this.#ask('HEAD', this.#url));
    if (now.status >= 300) throw failure(now);
    const state = this.#state(now);
    if (state.offset > offset) this.#failures = 0;
    return state;
  }

  async #checks() {
    try {
      return await takesChecksums(this.endpoint);
    } catch {
      return false;
    }
  }

  /** A refusal may come after the whole file arrived: nothing has failed that has become an item. */
  async #settled(answer) {
    const now = await this.#ask('HEAD', this.#url);
    if (now.status < 300 && now.header('Lanterna-Item')) return this.#state(now);
    throw failure(answer);
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
    const last = answer.status === 0 ? WAITS.at(-1) : undefined;
    const wait = WAITS[this.#failures] ?? last;
    if (wait === undefined) throw failure(answer);
    this.#failures += 1;
    this.on.retrying();
    const asked = Number(answer.header('Retry-After')) || 0;
    // A class that lost its network doesn't come back in one moment.
    await pause(Math.max(asked, wait * (0.75 + Math.random() / 2)), this.#abort.signal);
    this.#abort.signal.throwIfAborted();
  }

  /** A file that was moved or changed looks like a lost connection; tell them apart. */
  async #readable(read) {
    try {
      return await read();
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
}
