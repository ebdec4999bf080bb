// The practice course as a platform that stores for tools (LTI Client Side postMessages 1.0). The page
// around a launch says what there is; a hidden frame beside it stores, by the origin that asks, for as
// long as the page is open.

/** What a tool may keep here. */
const MOST = 500;
const LONGEST = 4096;

const here = document.querySelector('[data-practice-storage]');
const frame = here.dataset.practiceStorage;

const refuse = (code, message) => ({ error: { code, message } });

/** The keys of each origin. */
const stored = new Map();

const isKey = (key) => typeof key === 'string' && key !== '' && key.length <= LONGEST;

const put = (origin, { key, value }) => {
  const isValue = value === null || value === undefined || typeof value === 'string';
  if (!isKey(key) || !isValue) return refuse('bad_request', 'A key and a text are needed.');
  const own = stored.get(origin) ?? new Map();
  stored.set(origin, own);
  if (value === null || value === undefined) {
    own.delete(key);
  } else if (value.length > LONGEST || (own.size >= MOST && !own.has(key))) {
    return refuse('storage_exhaustion', 'That is more than is kept here.');
  } else {
    own.set(key, value);
  }
  return { key, value: value ?? null };
};

const get = (origin, { key }) => {
  if (!isKey(key)) return refuse('bad_request', 'A key is needed.');
  return { key, value: stored.get(origin)?.get(key) ?? null };
};

const inFrame = { 'lti.put_data': put, 'lti.get_data': get };

const around = {
  'lti.capabilities': () => ({
    supported_messages: [
      { subject: 'lti.capabilities' },
      ...Object.keys(inFrame).map((subject) => ({ subject, frame })),
    ],
  }),
};

const answers = frame ? around : inFrame;

const answer = ({ data, origin }) => {
  const known = Object.hasOwn(answers, data.subject);
  if (!known) return refuse('unsupported_subject', 'Nothing here answers that.');
  if (!frame && origin !== here.dataset.tool) return refuse('wrong_origin', 'Only the tool may store here.');
  if (typeof data.message_id !== 'string') return refuse('bad_request', 'A message needs an id.');
  return answers[data.subject](origin, data);
};

window.addEventListener('message', (event) => {
  const { data, origin, source } = event;
  const asks = typeof data?.subject === 'string' && data.subject.startsWith('lti.');
  if (!asks || data.subject.endsWith('.response') || origin === 'null') return;
  const response = { subject: `${data.subject}.response`, message_id: data.message_id, ...answer(event) };
  source?.postMessage(response, origin);
});
