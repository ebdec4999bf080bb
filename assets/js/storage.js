// The platform's storage, for browsers that keep no cookies of ours in its frames (LTI Client Side
// postMessages 1.0): a login has the platform keep its mark, and the launch asks for it. Only the
// origin of the platform's authentication endpoint reads what is sent and is believed what it
// answers. Whatever goes wrong, the page goes on without: the server decides what that means.

/** How long a platform may take, in milliseconds. */
const PATIENCE = 1000;
/** How long until it is asked once more: what stores may still be loading beside us. */
const AGAIN = 100;

const { storage: does, key, value, frame, origin } = document.querySelector('[data-storage]').dataset;
const subject = `lti.${does}_data`;
const outer = window.opener ?? window.parent;

const cameBack = () => performance.getEntriesByType('navigation')[0]?.type === 'back_forward';

const named = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The window that stores: a frame beside ours, or the page around us. */
const storing = (name) => {
  try {
    const found = name && name !== '_parent' ? outer.frames[name] : outer;
    return found?.postMessage ? found : outer;
  } catch {
    // Another site's page says nothing about frames that it does not have.
    return outer;
  }
};

/** One message and its answer, from a source that `believed` accepts. */
const exchange = (target, to, message, believed) =>
  new Promise((resolve) => {
    const id = named();
    const send = () => target().postMessage({ ...message, message_id: id }, to);
    const sending = setInterval(send, AGAIN);
    const listen = (event) => {
      const { data } = event;
      const answers = data?.subject === `${message.subject}.response` && data.message_id === id;
      if (answers && believed(event)) {
        window.removeEventListener('message', listen);
        clearInterval(sending);
        resolve(data);
      }
    };
    window.addEventListener('message', listen);
    send();
  });

/** What the storage in this frame answers. */
const ask = async (name) => {
  const message = does === 'put' ? { subject, key, value } : { subject, key };
  const answer = await exchange(() => storing(name), origin, message, (event) => event.origin === origin);
  if (answer.error) {
    throw new Error(answer.error.code ?? 'error');
  }
  const kept = answer.value;
  return typeof kept === 'string' && kept !== '' ? { value: kept, said: '' } : { said: 'nothing' };
};

/** The same, in the frame that the platform itself names, when that is another one. */
const askElsewhere = async () => {
  const capabilities = { subject: 'lti.capabilities' };
  const answer = await exchange(() => outer, '*', capabilities, (event) => event.source === outer);
  const supported = Array.isArray(answer.supported_messages) ? answer.supported_messages : [];
  const elsewhere = supported.find((message) => message?.subject === subject)?.frame;
  if (typeof elsewhere !== 'string' || storing(elsewhere) === storing(frame)) {
    throw new Error('error');
  }
  return ask(elsewhere);
};

const patience = () =>
  new Promise((resolve) => {
    setTimeout(() => resolve({ said: 'no-answer' }), PATIENCE);
  });

const answered = () => {
  const here = ask(frame);
  return Promise.any([here, askElsewhere()]).catch(() => here.catch((error) => ({ said: error.message })));
};

const asked = async () => {
  // Nothing tells a page without an origin from another, so what is kept for it may be anybody's.
  if (window.origin === 'null') return { said: 'no-origin' };
  if (outer === window) return { said: 'no-answer' };
  return Promise.race([answered(), patience()]);
};

const goOn = (answer) => {
  const [form, link] = ['form', 'a'].map((name) => document.querySelector(`[data-storage] ${name}`));
  if (does === 'put') {
    if (form) form.submit();
    else location.replace(link.href);
    return;
  }
  form.elements.value.value = answer.value ?? '';
  form.elements.said.value = answer.said;
  // It is used up: a value of null deletes it.
  storing(frame).postMessage({ subject: 'lti.put_data', key, value: null, message_id: named() }, origin);
  form.submit();
};

if (!cameBack()) goOn(await asked());
