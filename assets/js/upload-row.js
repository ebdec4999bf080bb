// One file of the upload panel, and its row.

import { add } from './captions.js';
import { look, send } from './poster.js';
import { Failure, Upload } from './tus.js';
import { Speed, percent, size, time } from './units.js';

/** One player looks at a time: each takes memory. */
let looking = Promise.resolve();

/** How long a finished upload waits for its picture. */
const PICTURE_PATIENCE = 5_000;

const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const looked = (file) => {
  looking = looking.then(() => look(file)).catch(() => ({ plays: true, picture: null }));
  return looking;
};

/** A title that a file's name suggests. */
const suggested = (name) => name.replace(/\.[^.]+$/, '').replace(/[_\s]+/g, ' ').trim();

export class Row {
  #speed = new Speed();
  #upload = null;
  #look = null;

  /**
   * `left` is the upload that an earlier visit began with this file, if there is one; `captions`
   * are the files that become its captions.
   */
  constructor(panel, file, number, left = null, captions = []) {
    this.panel = panel;
    this.file = file;
    this.left = left;
    this.captions = captions;
    this.element = panel.template.content.firstElementChild.cloneNode(true);
    this.progress = this.part('progress');
    this.title = this.part('title');
    this.title.id = `upload-title-${number}`;
    this.part('title-label').htmlFor = this.title.id;
    this.title.value = suggested(file.name);
    this.part('name').textContent = file.name;
    this.part('size').textContent = size(file.size);
    this.progress.setAttribute('aria-label', file.name);
    for (const of of this.element.querySelectorAll('[data-part=of]')) of.textContent = ` ${file.name}`;
    for (const { name } of captions) this.#tell(panel.say('captions-with', { name }));
    this.#refuse();
  }

  /** Adds a line about captions. */
  #tell(text) {
    const line = document.createElement('li');
    line.textContent = text;
    this.part('captions').append(line);
    this.part('captions').hidden = false;
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

  /** Bytes that this row takes of the room there was when the page came. */
  get asks() {
    const refused = this.state === 'failed' && !this.#upload;
    return this.left || refused ? 0 : this.file.size;
  }

  /** Shows a state. The focus stays in the row when its button goes away. */
  show(state, text) {
    const focused = this.element.contains(document.activeElement) && document.activeElement;
    this.element.dataset.state = state;
    this.status(text);
    const running = state === 'running' || state === 'queued';
    this.part('title-field').hidden = state !== 'waiting' || Boolean(this.panel.data.replaces);
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
    const { max, room } = this.panel;
    if (this.file.size === 0) this.fail(new Failure('empty'));
    else if (this.file.size > max) this.fail(new Failure('too-large'));
    else if (!this.left && this.file.size > room) this.fail(new Failure('no-room'));
    else {
      this.show('waiting', this.panel.say('waiting'));
      this.#look = looked(this.file);
      this.#look.then(({ plays }) => {
        this.part('warning').hidden = plays;
      });
    }
  }

  fail(failure) {
    const reason = failure.words || this.panel.fails(failure.kind);
    this.show('failed', reason);
    this.panel.announce('announce-failed', { name: this.file.name, reason });
  }

  /** Waits for its turn. */
  queue() {
    this.#upload ??= this.#begun();
    this.show('queued', this.panel.say('queued'));
  }

  /** What becomes of the file: a new item, or the file of one that there is. */
  get #becomes() {
    const { replaces } = this.panel.data;
    if (replaces) return { replaces };
    const title = this.title.value.trim() || this.file.name;
    return { title, visibility: this.panel.visibility };
  }

  #begun() {
    return new Upload(this.file, {
      endpoint: this.panel.data.endpoint,
      chunk: Number(this.panel.data.chunk),
      id: this.left?.id,
      metadata: {
        filename: this.file.name,
        ...this.#becomes,
        modified: String(this.file.lastModified),
      },
      on: {
        progress: (bytes) => this.#progressed(bytes),
        retrying: () => this.status(this.panel.say(navigator.onLine ? 'retrying' : 'offline')),
        resumed: () => this.status(this.panel.say('resumed')),
      },
    });
  }

  async run() {
    this.#speed.reset();
    this.show('running', this.panel.say('starting'));
    try {
      await this.#done(await this.#upload.run());
    } catch (error) {
      if (!(error instanceof Failure)) {
        if (error?.name === 'AbortError') return;
        throw error;
      }
      if (error.kind === 'session') this.panel.end();
      this.fail(error);
      // Chosen again, the file goes on where it stopped.
      if (error.kind === 'unreadable') this.panel.left(this.file, this.#upload.id);
    }
  }

  pause() {
    this.#upload?.pause();
    this.show('paused', this.panel.say('paused', { percent: percent(this.#share) }));
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
        percent: percent(share),
        speed: size(speed, '-per-second'),
        left: time((this.file.size - bytes) / speed),
      }));
    }
    this.panel.progressed(this.file.name, percent(share));
  }

  async #done(item) {
    const link = this.part('open');
    const at = (pattern) => pattern.replace('{item}', encodeURIComponent(item));
    // Before it counts as done: nobody leaves the page meanwhile. A picture that takes long follows.
    if (item) {
      await this.#caption(at(this.panel.data.captionsHref));
      await Promise.race([this.#picture(at(this.panel.data.pictureHref)), after(PICTURE_PATIENCE)]);
      link.href = at(this.panel.data.itemHref);
      link.hidden = false;
      await this.#note(at(this.panel.data.notesHref));
    }
    this.show('done', this.panel.say('done'));
    const title = this.title.value.trim() || this.file.name;
    if (item) dispatchEvent(new CustomEvent('lanterna:uploaded', { detail: { item, title } }));
    this.panel.announce('announce-done', { name: this.file.name });
  }

  /** Sends the picture. Without one the item shows a drawing of its kind: no reason to disturb anybody. */
  async #picture(url) {
    const { picture } = await this.#look;
    if (picture) await send(url, picture);
  }

  /** Says what is known of the file now: who plays it, and whether others receive it. */
  async #note(url) {
    const answer = await fetch(url, { headers: { Accept: 'application/json' } }).catch(() => null);
    const { plays, location } = answer?.ok ? await answer.json().catch(() => ({})) : {};
    const warning = this.part('warning');
    for (const words of [plays, location].filter(Boolean)) {
      const note = warning.cloneNode(true);
      note.hidden = false;
      delete note.dataset.part;
      note.querySelector('span').textContent = words;
      this.part('notes').append(note);
    }
    // What is known is said instead of what this browser guessed.
    if (plays) warning.hidden = true;
  }

  /** Adds the captions that were chosen together with the file, and says what became of each. */
  async #caption(url) {
    const lines = [...this.part('captions').children];
    for (const [nth, file] of this.captions.entries()) {
      const { name } = file;
      const { added, words } = await add(url, file);
      const reason = words || this.panel.fails('captions');
      const said = added ? 'captions-added' : 'captions-refused';
      lines[nth].textContent = this.panel.say(said, { name, reason });
    }
  }
}
