// What the browser's own player doesn't do: go on where one stopped and at a moment that the
// address names, remember a speed, a few keys, say in words what went wrong, keep a picture.

import * as kept from './kept.js';
import { frame, send } from './poster.js';
import { Played, Reports } from './watched.js';

const REPORT_EVERY = 10_000;
/** How far playing moves between two reports that say something new, in seconds. */
const REPORT_STEP = 2;
const SPEED = 'lanterna-speed';

/** Seconds of `t=754`, `t=12:34` and `t=1:02:03.5`, as in `#t=…` (Media Fragments 1.0, 4.2.1). */
const moment = (hash) => {
  const text = new URLSearchParams(hash.replace(/^#/, '')).get('t')?.replace(/^npt:/, '').split(',')[0];
  if (!text || !/^(\d+:){0,2}\d+(\.\d*)?$/.test(text)) return null;
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
};

const players = [];

class Player {
  #reported = 0;
  #sent = null;
  #played = null;
  #reports = null;

  constructor(element) {
    this.element = element;
    this.media = element.querySelector('video, audio');
    this.failure = this.part('failure');
    this.speed = this.part('speed')?.querySelector('select');
    this.#reachCaptions();
    this.#watchFailures();
    this.#watchPlaying();
    if (this.speed) this.#offerSpeed();
    this.#offerMoments();
    this.#offerPicture();
    this.#offerKeys();
  }

  part(name) {
    return this.element.querySelector(`[data-part=${name}]`);
  }

  say(text) {
    this.part('status').textContent = text;
  }

  /** Goes to a moment as soon as the browser can. */
  seek(seconds) {
    const go = () => {
      this.media.currentTime = seconds;
    };
    if (this.media.readyState >= HTMLMediaElement.HAVE_METADATA) go();
    else this.media.addEventListener('loadedmetadata', go, { once: true });
    // Where nothing is loaded before one plays, it is loaded now.
    if (this.media.preload === 'none') this.media.preload = 'metadata';
  }

  /** In a sandboxed frame captions come from elsewhere, as everything does. */
  #reachCaptions() {
    if (globalThis.origin !== 'null' || !this.media.querySelector('track')) return;
    this.media.crossOrigin = 'anonymous';
    this.media.load();
  }

  #fail(why) {
    for (const text of this.failure.querySelectorAll('[data-why]')) text.hidden = text.dataset.why !== why;
    this.failure.hidden = false;
  }

  #failed() {
    const { error } = this.media;
    if (error?.code === MediaError.MEDIA_ERR_NETWORK) this.#fail('connection');
    else if (error?.code === MediaError.MEDIA_ERR_DECODE) this.#fail('damaged');
    else this.#fail(navigator.onLine ? 'unknown' : 'connection');
  }

  #retry() {
    const { currentTime } = this.media;
    this.failure.hidden = true;
    this.media.load();
    if (currentTime > 0) this.seek(currentTime);
    this.media.focus();
    this.media.play().catch(() => {});
  }

  #watchFailures() {
    const { media } = this;
    const fail = () => this.#failed();
    // The error event of a source doesn't bubble, and comes before this script as often as after it.
    media.querySelector('source').addEventListener('error', fail);
    media.addEventListener('error', fail);
    if (media.error || media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) fail();
    const loaded = () => {
      this.failure.hidden = true;
      // A browser that knows only the sound plays that, and says nothing.
      if (media instanceof HTMLVideoElement && media.videoWidth === 0) this.#fail('picture');
    };
    media.addEventListener('loadedmetadata', loaded);
    if (media.readyState >= HTMLMediaElement.HAVE_METADATA) loaded();
    this.failure.querySelector('[data-do=retry]').addEventListener('click', () => this.#retry());
  }

  #watchPlaying() {
    const { media } = this;
    media.addEventListener('play', () => {
      for (const other of players) if (other !== this) other.media.pause();
      this.part('continue')?.setAttribute('hidden', '');
    });
    const { dataset } = this.element;
    if (!dataset.watchedTo) return;
    this.#played = new Played(media);
    this.#reports = new Reports(dataset, 'played', (part) => part.map((at) => at.toFixed(3)).join('-'));
    media.addEventListener('timeupdate', () => {
      if (media.paused || performance.now() - this.#reported < REPORT_EVERY) return;
      this.#report();
    });
    for (const stop of ['pause', 'ended']) media.addEventListener(stop, () => this.#report());
    // Which of the two comes, if any, when a tab or its window is closed depends on the device.
    addEventListener('pagehide', () => this.#report(true));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#report(true);
    });
  }

  /** Tells the server what was played and where this stands, once something was played. */
  #report(leaving = false) {
    const { currentTime, duration, played } = this.media;
    const parts = this.#played.take();
    const moved = Math.abs(currentTime - (this.#sent ?? -REPORT_STEP)) >= REPORT_STEP;
    if (!parts.length && !(played.length && moved)) return;
    this.#sent = currentTime;
    this.#reported = performance.now();
    const more = { position: currentTime.toFixed(2) };
    if (Number.isFinite(duration)) more.duration = duration.toFixed(2);
    this.#reports.tell(parts, more, leaving);
  }

  #offerSpeed() {
    const { media, speed } = this;
    const known = [...speed.options].map((option) => Number(option.value));
    const remembered = Number(kept.get(SPEED));
    if (known.includes(remembered)) media.defaultPlaybackRate = media.playbackRate = remembered;
    const show = () => {
      speed.value = known.includes(media.playbackRate) ? String(media.playbackRate) : '';
    };
    show();
    speed.addEventListener('change', () => this.#setSpeed(Number(speed.value)));
    // The browser's own menu changes it, too.
    media.addEventListener('ratechange', show);
    this.part('speed').hidden = false;
  }

  #setSpeed(rate) {
    this.media.defaultPlaybackRate = this.media.playbackRate = rate;
    kept.set(SPEED, String(rate));
  }

  #stepSpeed(step) {
    const { options, selectedIndex } = this.speed;
    const next = options[selectedIndex + step];
    if (!next) return;
    this.#setSpeed(Number(next.value));
    this.say(next.textContent);
  }

  /** Links to a moment seek in place; an address that names one starts there. */
  #offerMoments() {
    const named = () => {
      const seconds = moment(location.hash);
      if (seconds !== null && players[0] === this) this.seek(seconds);
    };
    addEventListener('hashchange', named);
    queueMicrotask(named);
    this.part('continue')?.addEventListener('click', (event) => {
      const link = event.target.closest('[data-seek]');
      if (!link) return;
      event.preventDefault();
      this.seek(Number(link.dataset.seek));
      // The link goes away: the focus must not go with it.
      this.media.focus();
      this.media.play().catch(() => this.part('continue').setAttribute('hidden', ''));
    });
  }

  #offerPicture() {
    const button = this.element.querySelector('[data-do=picture]');
    if (!button) return;
    const { pictureTo, done, failed } = button.dataset;
    const known = () => {
      button.hidden = this.media.videoWidth === 0;
    };
    this.media.addEventListener('loadedmetadata', known);
    known();
    button.addEventListener('click', async () => {
      this.say('');
      const picture = await frame(this.media);
      const taken = picture && (await send(pictureTo, picture));
      this.say(taken ? done : failed);
      // What the browser kept of the former picture is replaced.
      if (taken && this.media.poster) fetch(this.media.poster, { cache: 'reload' }).catch(() => {});
    });
  }

  #offerKeys() {
    const keys = this.part('keys');
    if (!keys) return;
    keys.hidden = false;
    this.media.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.#press(event.key)) return;
      event.preventDefault();
    });
  }

  #press(key) {
    const { media } = this;
    switch (key.toLowerCase()) {
      case 'k':
        if (media.paused) media.play().catch(() => {});
        else media.pause();
        return true;
      case 'j':
        media.currentTime = Math.max(0, media.currentTime - 10);
        return true;
      case 'l':
        media.currentTime = Math.min(media.duration || 0, media.currentTime + 10);
        return true;
      case '<':
        this.#stepSpeed(-1);
        return true;
      case '>':
        this.#stepSpeed(1);
        return true;
      case 'm':
        media.muted = !media.muted;
        return true;
      case 'c':
        return this.#captions();
      case 'f':
        if (document.fullscreenElement) document.exitFullscreen();
        else media.requestFullscreen?.().catch(() => {});
        return true;
      default:
        return false;
    }
  }

  #captions() {
    const tracks = [...this.media.textTracks].filter((track) => track.kind === 'captions');
    const shown = tracks.find((track) => track.mode === 'showing');
    const language = document.documentElement.lang;
    const wanted = tracks.find((track) => track.language.startsWith(language)) ?? tracks[0];
    if (!wanted) return false;
    if (shown) shown.mode = 'disabled';
    else wanted.mode = 'showing';
    return true;
  }
}

for (const element of document.querySelectorAll('[data-player]')) players.push(new Player(element));
