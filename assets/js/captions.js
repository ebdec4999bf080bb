// Captions that are chosen together with what they belong to: `lecture.en.vtt` with `lecture.mp4`.

const CAPTIONS = /\.(vtt|srt)$/i;
/** A language between the name and its ending, as in `lecture.pt-BR.vtt`. */
const LANGUAGE = /^(\.[a-z]{2,3}([-_][a-z0-9]{2,8})*)?$/i;
const MEDIA = /^(video|audio)\//;
/** Not every system knows the types of these. */
const MEDIA_NAME = /\.(mp4|m4v|mov|webm|mkv|mka|mp3|m4a|aac|ogg|oga|ogv|opus|flac|wav)$/i;

const folder = (file) => (file.webkitRelativePath || '').replace(/[^/]*$/, '');

const belongs = (captions, media) => {
  const stem = media.name.replace(/\.[^.]+$/, '');
  const name = captions.name.replace(CAPTIONS, '');
  const beside = folder(captions) === folder(media);
  return beside && name.startsWith(stem) && LANGUAGE.test(name.slice(stem.length));
};

/** Splits files: each that goes up by itself, with those that become its captions. */
export const paired = (files) => {
  const isMedia = (file) => MEDIA.test(file.type) || MEDIA_NAME.test(file.name);
  const media = files.filter(isMedia);
  // `lecture.en.vtt` belongs to `lecture.en.mp4` rather than to `lecture.mp4`.
  media.sort((one, other) => other.name.length - one.name.length);
  const captions = new Map();
  for (const file of files.filter((one) => CAPTIONS.test(one.name))) {
    const whose = media.find((one) => belongs(file, one));
    if (whose) captions.set(file, whose);
  }
  return files
    .filter((file) => !captions.has(file))
    .map((file) => ({
      file,
      captions: [...captions.keys()].filter((one) => captions.get(one) === file),
    }));
};

/** Adds captions to an item. Answers why they were not taken: the server's words, or none. */
export const add = async (url, file) => {
  const body = new FormData();
  body.append('file', file, file.name);
  try {
    const answer = await fetch(url, { method: 'POST', headers: { Accept: 'application/json' }, body });
    if (answer.ok) return { added: true };
    const { error, next } = await answer.json();
    return { added: false, words: [error, next].filter(Boolean).join('. ') };
  } catch {
    return { added: false, words: '' };
  }
};
