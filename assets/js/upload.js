// The upload panel: files are chosen or dropped, get a title, and go up, two at a time. Those that
// an earlier visit left are listed, and go on when their file is chosen again. Every word comes
// from the page; numbers and units are written by the browser in its language.

import { paired } from './captions.js';
import { Row } from './upload-row.js';
import { Failure } from './tus.js';
import { fill, size } from './units.js';

const AT_ONCE = 2;
const ANNOUNCE_EVERY = 15_000;
/** Milliseconds by which two looks at the same file's last change may differ: disks round. */
const CLOCK = 2_000;
/** Files that systems leave in folders, of no use to anybody. */
const LITTER = /^(\.|Thumbs\.db$|desktop\.ini$)/i;

/** The files that were dropped, those in folders included. */
const dropped = async (transfer) => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = [];
  const walk = async (entry) => {
    if (LITTER.test(entry.name)) return;
    if (entry.isFile) {
      files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      // A reader answers a part of a folder at a time.
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return files;
};

/** An upload that an earlier visit left, and its row. */
class Left {
  constructor({ id, name, size: bytes, modified, element = null }) {
    Object.assign(this, { id, name, bytes, modified, element });
  }

  static of(element) {
    const { id, name, size: bytes, modified } = element.dataset;
    return new Left({
      id, name, size: Number(bytes), modified: modified ? Number(modified) : null, element,
    });
  }

  /** Whether it was begun with this file. */
  is(file) {
    const same = file.name === this.name && file.size === this.bytes;
    return same && (this.modified === null || Math.abs(this.modified - file.lastModified) < CLOCK);
  }
}

class Panel {
  #rows = new Map();
  #left = [];
  #count = 0;
  #announced = 0;
  #finished = true;

  constructor(element) {
    this.element = element;
    this.data = element.dataset;
    this.max = Number(this.data.max);
    this.template = this.part('row');
    this.list = this.part('list');
    this.files = this.part('files');
    this.folder = this.part('folder');
    this.startButton = this.part('start');
    this.#left = [...this.list.querySelectorAll('[data-state=left]')].map((row) => Left.of(row));
    this.#listen();
    element.hidden = false;
    // A frame without an origin may send nothing back.
    this.boxed = globalThis.origin === 'null';
    this.part('boxed').hidden = !this.boxed;
    this.part('drop-zone').hidden = this.boxed;
    if (this.folder) this.folder.previousElementSibling.hidden = !('webkitdirectory' in this.folder);
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  say(id, values = {}) {
    return fill(this.element.getAttribute(`data-say-${id}`), values);
  }

  fails(kind) {
    return fill(this.element.getAttribute(`data-fail-${kind}`), { left: size(Math.max(0, this.room)) });
  }

  announce(id, values) {
    this.#announced = performance.now();
    this.part('announcer').textContent = this.say(id, values);
  }

  /** Says how far a file is, but not all the time. */
  progressed(name, percent) {
    if (performance.now() - this.#announced < ANNOUNCE_EVERY) return;
    this.announce('announce', { name, percent });
  }

  get visibility() {
    return this.element.querySelector('[name=visibility]:checked, [name=visibility][type=hidden]').value;
  }

  /** Bytes for which there is room, besides what is listed already. */
  get room() {
    const asked = [...this.#rows.values()].reduce((sum, row) => sum + row.asks, 0);
    return Number(this.data.room) - asked;
  }

  add(files) {
    this.#finished = false;
    const rows = [];
    const taken = this.data.replaces ? files.slice(0, 1) : files;
    for (const { file, captions } of paired(taken)) {
      this.#count += 1;
      const left = this.#left.find((one) => one.is(file)) ?? null;
      const row = new Row(this, file, this.#count, left, captions);
      this.#rows.set(row.element, row);
      if (left) this.#take(left, row);
      else this.list.append(row.element);
      rows.push(row);
    }
    this.changed();
    const waiting = rows.find((row) => row.state === 'waiting');
    if (waiting) (this.data.replaces ? this.startButton : waiting.title).focus();
    else rows[0]?.focus();
  }

  /** A file that was left goes on at once: everything about it was said before. */
  #take(left, row) {
    this.#left = this.#left.filter((one) => one !== left);
    if (left.element) left.element.replaceWith(row.element);
    else this.list.append(row.element);
    if (row.state === 'waiting') row.queue();
  }

  /** Keeps in mind which upload a file belongs to that has to be chosen again. */
  left(file, id) {
    if (!id) return;
    const { name, lastModified: modified } = file;
    this.#left.push(new Left({ id, name, size: file.size, modified }));
  }

  /** The session has ended: nothing goes on, and nobody has to watch each file fail. */
  end() {
    for (const row of this.#in('queued')) row.fail(new Failure('session'));
  }

  /** Called whenever a row changes: shows the button that fits, and lets the next ones run. */
  changed() {
    for (const element of this.#rows.keys()) {
      if (!element.isConnected) this.#rows.delete(element);
    }
    this.startButton.hidden = !this.#in('waiting').length;
    // A file that replaces another is one; taken off the list, it makes way for another choice.
    if (this.data.replaces) this.part('drop-zone').hidden = this.boxed || this.#rows.size > 0;
    for (const row of this.#in('queued')) {
      if (this.#in('running').length >= AT_ONCE) break;
      row.run();
    }
    this.#finish();
  }

  #in(state) {
    return [...this.#rows.values()].filter((row) => row.state === state);
  }

  /** Says it once when everything is there. */
  #finish() {
    const rows = [...this.#rows.values()];
    const all = rows.length > 0 && rows.every((row) => row.state === 'done');
    this.part('finished').hidden = !all;
    if (all && !this.#finished && rows.length > 1) this.announce('announce-all', {});
    this.#finished = all;
  }

  #start() {
    const rows = this.#in('waiting');
    for (const row of rows) row.queue();
    rows[0]?.focus();
  }

  #act(event) {
    const element = event.target.closest('.upload-row');
    const action = event.target.closest('[data-do]')?.dataset.do;
    if (action === 'choose') this.files.click();
    else if (action === 'discard') this.#discard(element);
    const row = this.#rows.get(element);
    if (!row) return;
    if (action === 'pause') row.pause();
    else if (action === 'resume') row.queue();
    else if (action === 'cancel') row.cancel();
  }

  /** Throws away what an earlier visit left. */
  async #discard(element) {
    const left = this.#left.find((one) => one.element === element);
    const url = `${this.data.endpoint}/${encodeURIComponent(left.id)}`;
    const headers = { 'Tus-Resumable': '1.0.0', Accept: 'application/json' };
    const answer = await fetch(url, { method: 'DELETE', headers }).catch(() => null);
    if (!answer?.ok && answer?.status !== 404) {
      element.querySelector('[data-part=status]').textContent = this.fails('server');
      return;
    }
    this.#left = this.#left.filter((one) => one !== left);
    element.remove();
    this.announce('removed', { name: left.name });
    this.files.focus();
  }

  #listen() {
    const zone = this.part('drop-zone');
    const over = (on) => (event) => {
      event.preventDefault();
      zone.toggleAttribute('data-over', on);
    };
    zone.addEventListener('dragover', over(true));
    zone.addEventListener('dragleave', over(false));
    zone.addEventListener('drop', async (event) => {
      over(false)(event);
      this.add(await dropped(event.dataTransfer));
    });
    // A file that misses the zone would replace the page.
    for (const name of ['dragover', 'drop']) addEventListener(name, (event) => event.preventDefault());
    for (const input of [this.files, this.folder].filter(Boolean)) {
      input.addEventListener('change', () => {
        const chosen = [...input.files];
        const kept = input === this.folder ? chosen.filter((file) => !LITTER.test(file.name)) : chosen;
        this.add(kept);
        input.value = '';
      });
    }
    this.startButton.addEventListener('click', () => this.#start());
    this.list.addEventListener('click', (event) => this.#act(event));
    this.list.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !event.target.matches('[data-part=title]')) return;
      // Else the key would also press the button that gets the focus.
      event.preventDefault();
      this.#start();
    });
    addEventListener('beforeunload', (event) => {
      if (this.#in('running').length || this.#in('queued').length) event.preventDefault();
    });
  }
}

/** Brings the page's panels to life. */
export const start = () => {
  for (const element of document.querySelectorAll('[data-upload]')) new Panel(element);
};
