// Tells the server what was watched, and shows what it makes of that.

const NAMESPACE = 'http://www.w3.org/2000/svg';
/** What was seen shows, however short it is, in thousandths. */
const LEAST = 4;
/** Parts that are told at a time; a page that could tell nothing for long tells the latest. */
const MOST = 100;

/** Points on their way are asked for again after so long, in milliseconds, and so often. */
const LOOK = 3000;
const LOOKS = 5;

/** What watching is worth so far: what is missing, and where the points are. */
const showEarned = ({ missing, stands }) => {
  for (const [part, text] of Object.entries({ missing, stands })) {
    const place = document.querySelector(`[data-earned] [data-part=${part}]`);
    // What says the same stays as it is, so that nothing is read aloud twice.
    if (place && place.textContent !== text) place.textContent = text;
  }
};

/** The sentence and the bar of what this person has seen so far. */
const show = ({ text, percent, seen }) => {
  const own = document.querySelector('[data-own]');
  if (!own) return;
  const words = own.querySelector('[data-part=words]');
  if (words.textContent !== text) words.textContent = text;
  const bar = own.querySelector('[data-part=bar]');
  if (!bar || percent === null) return;
  bar.setAttribute('aria-valuenow', String(percent));
  bar.querySelector('svg').replaceChildren(...seen.map(([start, end]) => {
    const part = document.createElementNS(NAMESPACE, 'rect');
    part.setAttribute('x', String(start));
    part.setAttribute('y', '0');
    part.setAttribute('width', String(Math.max(end - start, LEAST)));
    part.setAttribute('height', '1');
    return part;
  }));
};

/**
 * Reports to the address that an element names. What could not be told is told with the next report:
 * `write` says it in words that the server takes.
 */
export class Reports {
  #waiting = [];
  #looks = 0;
  #look = null;

  constructor({ watchedTo, pass }, name, write) {
    this.url = watchedTo;
    // In a frame without an origin nothing else tells the server that this page is its own.
    this.pass = globalThis.origin === 'null' ? pass : null;
    this.name = name;
    this.write = write;
  }

  /** Tells these parts, and what else there is to tell. A page that goes away waits for nothing. */
  async tell(parts, more, leaving) {
    const told = [...this.#waiting, ...parts].slice(-MOST);
    this.#waiting = [];
    if (!told.length && !Object.keys(more).length) return;
    // What is told now is newer than what would be asked with.
    clearTimeout(this.#look);
    const body = new URLSearchParams(more);
    if (this.pass) body.set('pass', this.pass);
    if (told.length) body.set(this.name, told.map(this.write).join(','));
    if (leaving && navigator.sendBeacon?.(this.url, body)) return;
    try {
      const headers = { accept: 'application/json' };
      const answer = await fetch(this.url, { method: 'POST', body, headers, keepalive: true });
      if (answer.ok) {
        const said = await answer.json();
        show(said);
        if (said.earned) {
          showEarned(said.earned);
          this.#follow(said.earned.due, more);
        }
      }
      else if (answer.status >= 500) this.#waiting = [...told, ...this.#waiting];
    } catch {
      // Nobody is disturbed: the network may be back with the next report.
      this.#waiting = [...told, ...this.#waiting];
    }
  }

  /** Asks again where the points are, while they are on their way. */
  #follow(due, more) {
    clearTimeout(this.#look);
    if (!due) this.#looks = 0;
    else if (this.#looks < LOOKS) {
      this.#looks += 1;
      this.#look = setTimeout(() => this.tell([], more), LOOK);
    }
  }
}

/** How much farther than its speed allows a player may be before that was a jump, in seconds. */
const SLACK = 1.5;

/** Which parts a media element plays, from one taking to the next. */
export class Played {
  #parts = [];
  #from = null;
  #to = 0;
  #at = 0;

  constructor(media) {
    this.media = media;
    const begin = () => {
      if (!media.paused && !media.seeking && this.#from === null) this.#begin();
    };
    media.addEventListener('playing', begin);
    media.addEventListener('seeked', begin);
    media.addEventListener('timeupdate', () => this.#goOn());
    // By then the element stands where it goes to: what was played ends where it last was.
    media.addEventListener('seeking', () => this.#end());
    for (const stop of ['pause', 'ended']) {
      media.addEventListener(stop, () => {
        this.#goOn();
        this.#end();
      });
    }
  }

  #begin() {
    this.#from = this.media.currentTime;
    this.#to = this.#from;
    this.#at = performance.now();
  }

  #goOn() {
    const { currentTime, seeking, playbackRate } = this.media;
    if (this.#from === null || seeking) return;
    const now = performance.now();
    const farthest = this.#to + ((now - this.#at) / 1000) * playbackRate + SLACK;
    if (currentTime < this.#to || currentTime > farthest) {
      this.#end();
      this.#begin();
      return;
    }
    this.#to = currentTime;
    this.#at = now;
  }

  #end() {
    if (this.#from !== null && this.#to > this.#from) this.#parts.push([this.#from, this.#to]);
    this.#from = null;
  }

  /** What was played since the last time. */
  take() {
    this.#goOn();
    const parts = this.#parts;
    this.#parts = [];
    if (this.#from !== null && this.#to > this.#from) {
      parts.push([this.#from, this.#to]);
      this.#from = this.#to;
    }
    return parts;
  }
}
