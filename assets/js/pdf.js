// The viewer of PDF documents: pages are drawn when they come near, with their text above them to
// be selected and read out. Where no worker may start, as in some frames, PDF.js works without.

import { Reports } from './watched.js';

/** The size until somebody chooses another, unless less fits: lines that are easy to read. */
const READABLE = 1.25;
const SMALLEST = 0.25;
const LARGEST = 5;
const STEP = 1.2;
/** Bytes asked for at a time. */
const CHUNK = 256 * 1024;
/** Pixels of the largest canvas: what phones still draw. */
const MOST_PIXELS = 16_777_216;
/** Pages that stay drawn. */
const MOST_DRAWN = 8;
/** How long a page is in sight before it was looked at, in milliseconds. */
const LOOKED_AT = 1000;
/** How much of a page, or of the window, has to be the page in sight. */
const IN_SIGHT = 0.5;
const REPORT_EVERY = 3000;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (open, name) => values[name] ?? open);
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: 'percent' });

/** One page: a place of its size, and what is drawn there while it is near. */
class Sheet {
  #work = null;

  constructor(viewer, number) {
    this.viewer = viewer;
    this.number = number;
    this.element = document.createElement('div');
    this.element.className = 'pdf-sheet';
    this.element.setAttribute('role', 'region');
    this.element.setAttribute('aria-label', viewer.say('page', { number, total: viewer.total }));
    this.size = viewer.size;
    this.resize();
  }

  resize() {
    const { scale } = this.viewer;
    this.element.style.width = `${Math.floor(this.size.width * scale)}px`;
    this.element.style.height = `${Math.floor(this.size.height * scale)}px`;
    this.clear();
  }

  get drawn() {
    return this.#work !== null;
  }

  clear() {
    this.#work?.abort();
    this.#work = null;
    this.element.replaceChildren();
  }

  async draw() {
    if (this.drawn) return;
    const work = new AbortController();
    this.#work = work;
    try {
      await this.#draw(work.signal);
    } catch (error) {
      if (!work.signal.aborted) console.error(error);
    }
  }

  async #draw(signal) {
    const page = await this.viewer.file.getPage(this.number);
    if (signal.aborted) return;
    this.#fit(page);
    const viewport = page.getViewport({ scale: this.viewer.scale });
    const canvas = document.createElement('canvas');
    const sharp = Math.min(devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)));
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    canvas.setAttribute('aria-hidden', 'true');
    const task = page.render({
      canvasContext: canvas.getContext('2d'),
      viewport,
      transform: sharp === 1 ? null : [sharp, 0, 0, sharp, 0, 0],
    });
    signal.addEventListener('abort', () => task.cancel());
    this.element.append(canvas);
    await Promise.all([task.promise, this.#text(page, viewport, signal)]);
    if (!signal.aborted) await this.#links(page, viewport, signal);
  }

  /** Pages may differ in size; the first one's is taken until a page is known. */
  #fit(page) {
    const { width, height } = page.getViewport({ scale: 1 });
    if (width === this.size.width && height === this.size.height) return;
    this.size = { width, height };
    const { scale } = this.viewer;
    this.element.style.width = `${Math.floor(width * scale)}px`;
    this.element.style.height = `${Math.floor(height * scale)}px`;
  }

  async #text(page, viewport, signal) {
    const layer = document.createElement('div');
    layer.className = 'pdf-text';
    layer.style.setProperty('--scale-factor', String(viewport.scale));
    const text = new this.viewer.library.TextLayer({
      textContentSource: page.streamTextContent(),
      container: layer,
      viewport,
    });
    signal.addEventListener('abort', () => text.cancel());
    await text.render();
    if (!signal.aborted) this.element.append(layer);
  }

  /** Links to addresses outside of the document. */
  async #links(page, viewport, signal) {
    const notes = await page.getAnnotations();
    if (signal.aborted) return;
    for (const note of notes) {
      if (note.subtype !== 'Link' || !note.url) continue;
      const [x1, y1, x2, y2] = viewport.convertToViewportRectangle(note.rect);
      const link = document.createElement('a');
      link.className = 'pdf-link';
      link.href = note.url;
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
      link.setAttribute('aria-label', note.url);
      link.style.left = `${Math.min(x1, x2)}px`;
      link.style.top = `${Math.min(y1, y2)}px`;
      link.style.width = `${Math.abs(x2 - x1)}px`;
      link.style.height = `${Math.abs(y2 - y1)}px`;
      this.element.append(link);
    }
  }
}

/** Tells the server which pages were looked at, once each, and which one is read. */
class Looks {
  #seen = new Set();
  #waiting = [];
  #timers = new Map();
  #timer = null;
  /** The page that the viewer stands at. A document that nobody turned a page of tells none. */
  #at = 1;
  #settling = null;
  #read = null;
  #told = null;

  constructor(dataset) {
    this.reports = new Reports(dataset, 'pages', String);
    addEventListener('pagehide', () => this.#tell(true));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#tell(true);
    });
  }

  /** These pages are in sight, and no others. */
  inSight(numbers) {
    for (const [number, timer] of this.#timers) {
      if (numbers.includes(number)) continue;
      clearTimeout(timer);
      this.#timers.delete(number);
    }
    for (const number of numbers) {
      if (this.#seen.has(number) || this.#timers.has(number)) continue;
      this.#timers.set(number, setTimeout(() => this.#look(number), LOOKED_AT));
    }
  }

  /** The viewer stands at this page: where it stays for a moment, one reads. */
  stands(number) {
    if (number === this.#at) return;
    this.#at = number;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#read = number;
      this.#soon();
    }, LOOKED_AT);
  }

  #look(number) {
    this.#timers.delete(number);
    if (document.visibilityState === 'hidden') return;
    this.#seen.add(number);
    this.#waiting.push(number);
    this.#soon();
  }

  #soon() {
    this.#timer ??= setTimeout(() => this.#tell(false), REPORT_EVERY - LOOKED_AT);
  }

  #tell(leaving) {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#waiting.length && this.#read === this.#told) return;
    this.#told = this.#read;
    const more = this.#read === null ? {} : { page: this.#read };
    this.reports.tell(this.#waiting.splice(0), more, leaving);
  }
}

class Viewer {
  #sheets = [];
  #near = new Set();
  /** Who decides the size: `auto`, the `width` of the window, or the `person`. */
  #sizing = 'auto';
  #current = 1;
  #looks = null;
  /** The page to begin with, once there are pages. */
  #wanted = null;

  constructor(element) {
    this.element = element;
    this.data = element.dataset;
    if (this.data.watchedTo) this.#looks = new Looks(this.data);
    this.pages = this.part('pages');
    this.number = this.part('number');
    this.status = this.part('status');
    this.part('continue')?.addEventListener('click', (event) => this.#goOn(event));
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  button(name) {
    return this.element.querySelector(`[data-do=${name}]`);
  }

  say(id, values) {
    return fill(this.element.getAttribute(`data-say-${id}`), values);
  }

  async open() {
    this.status.hidden = false;
    try {
      this.library = await import(this.data.library);
      this.library.GlobalWorkerOptions.workerSrc = this.data.worker;
      this.file = await this.#load();
      const first = await this.file.getPage(1);
      const { width, height } = first.getViewport({ scale: 1 });
      this.size = { width, height };
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.total = this.file.numPages;
    this.#show();
  }

  #load() {
    return this.library.getDocument({
      url: this.data.src,
      cMapUrl: this.data.cmaps,
      cMapPacked: true,
      standardFontDataUrl: this.data.fonts,
      isEvalSupported: false,
      enableXfa: false,
      // The page itself may connect; whether a worker may is another question.
      useWorkerFetch: false,
      // Only what is looked at is fetched.
      rangeChunkSize: CHUNK,
      disableAutoFetch: true,
      disableStream: true,
    }).promise;
  }

  #fail(error) {
    const locked = error?.name === 'PasswordException';
    const failure = this.part('failure');
    for (const text of failure.querySelectorAll('[data-why]')) {
      text.hidden = (text.dataset.why === 'password') !== locked;
    }
    this.status.hidden = true;
    failure.hidden = false;
  }

  #show() {
    this.part('bar').hidden = false;
    this.pages.hidden = false;
    const total = this.part('total');
    total.textContent = fill(total.dataset.say, { total: this.total });
    this.scale = this.#fitting();
    for (let number = 1; number <= this.total; number += 1) {
      const sheet = new Sheet(this, number);
      this.#sheets.push(sheet);
      this.pages.append(sheet.element);
    }
    this.status.textContent = this.say('loaded', { total: this.total });
    this.status.classList.add('unseen');
    this.#listen();
    this.#update();
    if (this.#wanted) this.#begin();
  }

  /** Goes on where somebody stopped. Where nothing can be shown here, the link opens the file. */
  #goOn(event) {
    const link = event.target.closest('[data-go]');
    if (!link || !this.part('failure').hidden) return;
    event.preventDefault();
    this.#wanted = Number(link.dataset.go);
    if (this.#sheets.length) this.#begin();
  }

  #begin() {
    this.#go(this.#wanted);
    this.part('continue').hidden = true;
    // The link goes away: the focus must not go with it.
    this.pages.focus({ preventScroll: true });
  }

  #fitting() {
    const style = getComputedStyle(this.pages);
    const room = this.pages.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd);
    const fitting = room / this.size.width;
    return this.#within(this.#sizing === 'auto' ? Math.min(READABLE, fitting) : fitting);
  }

  #within(scale) {
    return Math.min(LARGEST, Math.max(SMALLEST, scale));
  }

  #zoom(scale) {
    const bounded = this.#within(scale);
    if (bounded === this.scale) return;
    const sheet = this.#sheets[this.#current - 1];
    // The same part of the page stays in sight.
    const share = (this.pages.scrollTop - sheet.element.offsetTop) / sheet.element.offsetHeight;
    this.scale = bounded;
    for (const one of this.#sheets) one.resize();
    this.pages.scrollTop = sheet.element.offsetTop + share * sheet.element.offsetHeight;
    this.#draw();
    this.#update();
  }

  #go(number) {
    const sheet = this.#sheets[Math.min(this.total, Math.max(1, number)) - 1];
    this.pages.scrollTop = sheet.element.offsetTop;
    this.#update();
  }

  /** Which page is in sight: the last one that begins above the middle. */
  #update() {
    const middle = this.pages.scrollTop + this.pages.clientHeight / 2;
    const seen = this.#sheets.findLast((sheet) => sheet.element.offsetTop <= middle);
    this.#current = seen?.number ?? 1;
    this.#looks?.inSight(this.#inSight());
    this.#looks?.stands(this.#current);
    if (document.activeElement !== this.number) this.number.value = String(this.#current);
    this.part('zoom').textContent = percent.format(this.scale);
    this.button('before').disabled = this.#current === 1;
    this.button('after').disabled = this.#current === this.total;
    this.button('fit').setAttribute('aria-pressed', String(this.#sizing === 'width'));
  }

  /** The pages that are in sight: half of them, or half of the window. */
  #inSight() {
    const { scrollTop, clientHeight } = this.pages;
    const shown = ({ element: { offsetTop, offsetHeight } }) => {
      const inside = Math.min(offsetTop + offsetHeight, scrollTop + clientHeight) - Math.max(offsetTop, scrollTop);
      return inside >= IN_SIGHT * Math.min(offsetHeight, clientHeight);
    };
    return this.#sheets.filter(shown).map(({ number }) => number);
  }

  /** Draws what is near, and lets go of what is farthest once there is much. */
  #draw() {
    for (const sheet of this.#near) sheet.draw();
    const far = this.#sheets.filter((sheet) => sheet.drawn && !this.#near.has(sheet));
    far.sort((a, b) => Math.abs(b.number - this.#current) - Math.abs(a.number - this.#current));
    const drawn = far.length + this.#near.size;
    for (const sheet of far.slice(0, Math.max(0, drawn - MOST_DRAWN))) sheet.clear();
  }

  #watch() {
    const of = new Map(this.#sheets.map((sheet) => [sheet.element, sheet]));
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.#near.add(of.get(target));
        else this.#near.delete(of.get(target));
      }
      this.#draw();
    }, { root: this.pages, rootMargin: '50%' });
    for (const sheet of this.#sheets) observer.observe(sheet.element);
  }

  #listen() {
    this.#watch();
    this.pages.addEventListener('scroll', () => this.#update(), { passive: true });
    const acts = {
      before: () => this.#go(this.#current - 1),
      after: () => this.#go(this.#current + 1),
      smaller: () => this.#resize(this.scale / STEP),
      larger: () => this.#resize(this.scale * STEP),
      fit: () => this.#fit(),
    };
    this.part('bar').addEventListener('click', (event) => {
      acts[event.target.closest('[data-do]')?.dataset.do]?.();
    });
    this.number.addEventListener('change', () => {
      const number = Number.parseInt(this.number.value, 10);
      if (Number.isInteger(number)) this.#go(number);
      this.number.value = String(this.#current);
    });
    const keys = {
      '+': acts.larger, '=': acts.larger, '-': acts.smaller, 0: acts.fit,
      ArrowLeft: acts.before, ArrowRight: acts.after,
    };
    this.pages.addEventListener('keydown', (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.target !== this.pages) return;
      event.preventDefault();
      act();
    });
    new ResizeObserver(() => {
      if (this.#sizing !== 'person') this.#zoom(this.#fitting());
    }).observe(this.pages);
  }

  #resize(scale) {
    this.#sizing = 'person';
    this.#zoom(scale);
    this.#update();
  }

  #fit() {
    this.#sizing = 'width';
    this.#zoom(this.#fitting());
    this.#update();
  }
}

for (const element of document.querySelectorAll('[data-pdf]')) new Viewer(element).open();
