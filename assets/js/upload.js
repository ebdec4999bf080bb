// The upload panel: files are chosen or dropped, get a title, and go up one after the other.
// Every word comes from the page; numbers and units are written by the browser in its language.

import * as memory from './memory.js';
import { Failure, Upload } from './tus.js';

const ANNOUNCE_EVERY = 15_000;
const SPEED_OVER = 8_000;

const language = document.documentElement.lang;
const unit = (name, display = 'short', digits = 0) => new Intl.NumberFormat(language, {
  style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits: digits,
});
const percent = new Intl.NumberFormat(language, { style: 'percent' });
const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (open, name) => values[name] ?? open);

const size = (bytes, per = '') => {
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), SIZES.length - 1);
  const number = bytes / 1000 ** step;
  return unit(SIZES[step] + per, step ? 'short' : 'long', step && number < 10 ? 1 : 0).format(number);
};

const time = (seconds) => {
  if (seconds < 60) return unit('second', 'long').format(Math.max(1, Math.ceil(seconds)));
  if (seconds < 3600) return unit('minute', 'long').format(Math.ceil(seconds / 60));
  return unit('hour', 'long', 1).format(seconds / 3600);
};

/** Bytes per second over the last few seconds. */
class Speed {
  #points = [];

  at(bytes) {
    const now = performance.now();
    // Going back to what the server has is no speed.
    if (bytes < (this.#points.at(-1)?.bytes ?? 0)) this.#points = [];
    this.#points.push({ now, bytes });
    while (this.#points.length > 2 && now - this.#points[0].now > SPEED_OVER) this.#points.shift();
    const first = this.#points[0];
    return now > first.now ? ((bytes - first.bytes) * 1000) / (now - first.now) : 0;
  }

  reset() {
    this.#points = [];
  }
}

/** One file and its row. */
class Row {
  #speed = new Speed();
  #announced = 0;
  #upload = null;

  constructor(panel, file, number) {
    this.panel = panel;
    this.file = file;
    this.element = panel.template.content.firstElementChild.cloneNode(true);
    this.progress = this.part('progress');
    this.title = this.part('title');
    this.title.id = `upload-title-${number}`;
    this.part('title-label').htmlFor = this.title.id;
    this.title.value = file.name.replace(/\.[^.]+$/, '').replace(/[_\s]+/g, ' ').trim();
    this.part('name').textContent = file.name;
    this.part('size').textContent = size(file.size);
    this.progress.setAttribute('aria-label', file.name);
    for (const of of this.element.querySelectorAll('[data-part=of]')) of.textContent = ` ${file.name}`;
    this.#refuse();
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  button(name) {
    return this.element.querySelector(`[data-do=${name}]`);
  }

  get state() {
    return this.element.dataset.state;
  }

  /** Shows a state. The focus stays in the row when its button goes away. */
  show(state, text) {
    const focused = this.element.contains(document.activeElement) && document.activeElement;
    this.element.dataset.state = state;
    this.status(text);
    const running = state === 'running' || state === 'queued';
    this.part('title-field').hidden = state !== 'waiting';
    this.progress.hidden = !['running', 'queued', 'paused'].includes(state);
    this.button('pause').hidden = !running;
    this.button('resume').hidden = !(state === 'paused' || (state === 'failed' && this.#upload));
    this.button('cancel').hidden = state === 'done';
    if (focused && focused.closest('[hidden]')) this.focus();
    this.panel.changed();
  }

  /** Puts the focus on the first thing that can be done here. */
  focus() {
    this.element.querySelector('a:not([hidden]), button:not([hidden])').focus();
  }

  status(text) {
    this.part('status').textContent = text;
  }

  /** What can't work is said before anything is sent. */
  #refuse() {
    if (this.file.size === 0) this.fail(new Failure('empty'));
    else if (this.file.size > this.panel.max) this.fail(new Failure('too-large'));
    else this.show('waiting', this.panel.say('waiting'));
  }

  fail(failure) {
    const reason = failure.words || this.panel.fails(failure.kind);
    this.show('failed', reason);
    this.panel.announce('announce-failed', { name: this.file.name, reason });
  }

  /** Waits for its turn. */
  queue() {
    if (this.state === 'waiting') {
      const title = this.title.value.trim() || this.file.name;
      this.#upload = new Upload(this.file, {
        endpoint: this.panel.data.endpoint,
        chunk: Number(this.panel.data.chunk),
        metadata: { filename: this.file.name, title, visibility: this.panel.visibility },
        memory,
        on: {
          progress: (bytes) => this.#progressed(bytes),
          retrying: () => this.status(this.panel.say('retrying')),
          resumed: () => this.status(this.panel.say('resumed')),
        },
      });
    }
    this.show('queued', this.panel.say('queued'));
  }

  async run() {
    this.#speed.reset();
    this.#announced = performance.now();
    this.show('running', this.panel.say('starting'));
    try {
      this.#done(await this.#upload.run());
    } catch (error) {
      if (error instanceof Failure) this.fail(error);
      else if (error?.name !== 'AbortError') throw error;
    }
  }

  pause() {
    this.#upload?.pause();
    this.show('paused', this.panel.say('paused', { percent: percent.format(this.#share) }));
  }

  cancel() {
    const next = this.element.nextElementSibling ?? this.element.previousElementSibling;
    this.#upload?.cancel().catch(() => {});
    this.element.remove();
    this.panel.announce('removed', { name: this.file.name });
    this.panel.changed();
    (next?.querySelector('[data-do=cancel]:not([hidden])') ?? this.panel.files).focus();
  }

  get #share() {
    return this.progress.value / 100;
  }

  #progressed(bytes) {
    if (this.state !== 'running') return;
    const share = bytes / this.file.size;
    const speed = this.#speed.at(bytes);
    this.progress.value = share * 100;
    if (share >= 1) {
      this.status(this.panel.say('finishing'));
    } else if (speed > 0) {
      this.status(this.panel.say('progress', {
        percent: percent.format(share),
        speed: size(speed, '-per-second'),
        left: time((this.file.size - bytes) / speed),
      }));
    }
    const now = performance.now();
    if (now - this.#announced < ANNOUNCE_EVERY) return;
    this.#announced = now;
    this.panel.announce('announce', { name: this.file.name, percent: percent.format(share) });
  }

  #done(item) {
    const link = this.part('open');
    if (item) {
      link.href = this.panel.data.itemHref.replace('{item}', encodeURIComponent(item));
      link.hidden = false;
    }
    this.show('done', this.panel.say('done'));
    this.panel.announce('announce-done', { name: this.file.name });
  }
}

/** The panel: its rows, and one upload at a time. */
class Panel {
  #rows = new Map();
  #count = 0;
  #busy = false;

  constructor(element) {
    this.element = element;
    this.data = element.dataset;
    this.max = Number(this.data.max);
    this.template = this.part('row');
    this.list = this.part('list');
    this.files = this.part('files');
    this.startButton = this.part('start');
    this.#listen();
    element.hidden = false;
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  say(id, values = {}) {
    return fill(this.element.getAttribute(`data-say-${id}`), values);
  }

  fails(kind) {
    return this.element.getAttribute(`data-fail-${kind}`);
  }

  announce(id, values) {
    this.part('announcer').textContent = this.say(id, values);
  }

  get visibility() {
    return this.element.querySelector('[name=visibility]:checked, [name=visibility][type=hidden]').value;
  }

  add(files) {
    const rows = [...files].map((file) => {
      this.#count += 1;
      return new Row(this, file, this.#count);
    });
    for (const row of rows) {
      this.#rows.set(row.element, row);
      this.list.append(row.element);
    }
    this.changed();
    rows.find((row) => row.state === 'waiting')?.title.focus();
  }

  /** Called whenever a row changes: shows the button that fits, and lets the next one run. */
  changed() {
    for (const element of this.#rows.keys()) {
      if (!element.isConnected) this.#rows.delete(element);
    }
    this.startButton.hidden = !this.#in('waiting');
    this.#next();
  }

  #in(state) {
    return [...this.#rows.values()].find((row) => row.state === state);
  }

  async #next() {
    const row = this.#in('queued');
    if (this.#busy || !row) return;
    this.#busy = true;
    try {
      await row.run();
    } finally {
      this.#busy = false;
      this.#next();
    }
  }

  #start() {
    const rows = [...this.#rows.values()].filter((row) => row.state === 'waiting');
    for (const row of rows) row.queue();
    rows[0]?.focus();
  }

  #act(event) {
    const row = this.#rows.get(event.target.closest('.upload-row'));
    const action = event.target.closest('[data-do]')?.dataset.do;
    if (!row) return;
    if (action === 'pause') row.pause();
    else if (action === 'resume') row.queue();
    else if (action === 'cancel') row.cancel();
  }

  #listen() {
    const zone = this.part('drop-zone');
    const over = (on) => (event) => {
      event.preventDefault();
      zone.toggleAttribute('data-over', on);
    };
    zone.addEventListener('dragover', over(true));
    zone.addEventListener('dragleave', over(false));
    zone.addEventListener('drop', (event) => {
      over(false)(event);
      this.add(event.dataTransfer.files);
    });
    // A file that misses the zone would replace the page.
    for (const name of ['dragover', 'drop']) addEventListener(name, (event) => event.preventDefault());
    this.files.addEventListener('change', () => {
      this.add(this.files.files);
      this.files.value = '';
    });
    this.startButton.addEventListener('click', () => this.#start());
    this.list.addEventListener('click', (event) => this.#act(event));
    this.list.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !event.target.matches('[data-part=title]')) return;
      // Else the key would also press the button that gets the focus.
      event.preventDefault();
      this.#start();
    });
    addEventListener('beforeunload', (event) => {
      if (this.#in('running') || this.#in('queued')) event.preventDefault();
    });
  }
}

/** Brings the page's panels to life. */
export const start = () => {
  for (const element of document.querySelectorAll('[data-upload]')) new Panel(element);
};
