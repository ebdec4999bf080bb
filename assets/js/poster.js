// A picture of a video: one of its frames, small enough to be sent.

const WIDEST = 1280;
const QUALITY = 0.85;
/** How long a browser may take to show a frame of a file that it has. */
const PATIENCE = 15_000;
/** A frame whose pixels are all darker than this, of 255, is no picture. */
const DARK = 24;

/** A JPEG of whatever a canvas can draw, or null. */
const drawn = (source, width, height) => new Promise((resolve) => {
  const scale = Math.min(1, WIDEST / width);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext('2d').drawImage(source, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(resolve, 'image/jpeg', QUALITY);
});

/** The frame that a video shows just now, or null. */
export const frame = async (video) => {
  try {
    return await drawn(video, video.videoWidth, video.videoHeight);
  } catch {
    return null;
  }
};

const isDark = (video) => {
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return data.every((value, index) => index % 4 === 3 || value < DARK);
};

const once = (target, name) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('too slow')), PATIENCE);
  const end = (act) => (event) => {
    clearTimeout(timer);
    act(event);
  };
  target.addEventListener(name, end(resolve), { once: true });
  target.addEventListener('error', end(reject), { once: true });
});

/** A frame of a video that is open: the first of a few that is not black. */
const chosen = async (video) => {
  const { duration } = video;
  const length = Number.isFinite(duration) ? duration : 0;
  for (const at of [Math.min(3, length / 10), length / 4, length / 2]) {
    const sought = once(video, 'seeked');
    video.currentTime = at;
    await sought;
    if (!isDark(video)) break;
  }
  return frame(video);
};

/** Opens a file in a player that nobody sees, and closes it again. */
const opened = async (kind, file, act) => {
  const media = document.createElement(kind);
  const url = URL.createObjectURL(file);
  try {
    media.muted = true;
    media.preload = 'auto';
    media.src = url;
    await once(media, 'loadedmetadata');
    return await act(media);
  } finally {
    media.removeAttribute('src');
    media.load();
    URL.revokeObjectURL(url);
  }
};

const ofVideo = async (file) => {
  try {
    return await opened('video', file, async (video) => {
      // A browser that knows only the sound shows no picture.
      if (video.videoWidth === 0) return { plays: false, picture: null };
      const picture = await chosen(video).catch(() => null);
      return { plays: true, picture };
    });
  } catch (error) {
    // Being slow is no proof.
    return { plays: error?.message === 'too slow', picture: null };
  }
};

const ofAudio = async (file) => {
  try {
    return await opened('audio', file, () => ({ plays: true, picture: null }));
  } catch (error) {
    return { plays: error?.message === 'too slow', picture: null };
  }
};

const ofImage = async (file) => {
  try {
    const bitmap = await createImageBitmap(file);
    const picture = await drawn(bitmap, bitmap.width, bitmap.height);
    bitmap.close();
    return { plays: true, picture };
  } catch {
    return { plays: true, picture: null };
  }
};

/** Pictures that the server cannot read and most browsers can. */
const ONLY_BROWSERS = ['image/avif', 'image/heic', 'image/heif'];

/** Whether this browser plays a file, and a picture of it where one has to come from here. */
export const look = (file) => {
  if (file.type.startsWith('video/')) return ofVideo(file);
  if (file.type.startsWith('audio/')) return ofAudio(file);
  if (ONLY_BROWSERS.includes(file.type)) return ofImage(file);
  return Promise.resolve({ plays: true, picture: null });
};

/** One picture of a person is taken at a time. */
let sending = Promise.resolve();

/** Sends a picture. Answers whether it was taken. */
export const send = (url, picture) => {
  sending = sending.then(() => sent(url, picture));
  return sending;
};

const sent = async (url, picture) => {
  try {
    const headers = { 'Content-Type': picture.type };
    const answer = await fetch(url, { method: 'POST', headers, body: picture });
    return answer.ok;
  } catch {
    return false;
  }
};
