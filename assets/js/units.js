// Sizes, speeds and times as people read them, in the page's language.

const language = document.documentElement.lang;
const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

const unit = (name, display = 'short', digits = 0) => new Intl.NumberFormat(language, {
  style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits: digits,
});
const shares = new Intl.NumberFormat(language, { style: 'percent' });

/** A text with its open variables filled in: `{name}`. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (open, name) => values[name] ?? open);

/** A size, such as `15 MB`; with `-per-second`, a speed. */
export const size = (bytes, per = '') => {
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), SIZES.length - 1);
  const number = bytes / 1000 ** step;
  return unit(SIZES[step] + per, step ? 'short' : 'long', step && number < 10 ? 1 : 0).format(number);
};

/** How long something takes, roughly. */
export const time = (seconds) => {
  if (seconds < 60) return unit('second', 'long').format(Math.max(1, Math.ceil(seconds)));
  if (seconds < 3600) return unit('minute', 'long').format(Math.ceil(seconds / 60));
  return unit('hour', 'long', 1).format(seconds / 3600);
};

/** A share of one, such as `45%`. */
export const percent = (share) => shares.format(share);

const SPEED_OVER = 8_000;

/** Bytes per second over the last few seconds. */
export class Speed {
  #points = [];

  /** The speed, now that so many bytes are there. */
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
