// The practice course: keeps the messages beside a page up to date, and closes a registration when
// the tool says that it is done.

const panel = document.querySelector('[data-wire]');
const frame = document.querySelector('iframe');

/** Fetches the page of all messages and takes the newest over, without closing what is open. */
const refresh = async () => {
  const response = await fetch(panel.dataset.wire, { headers: { Accept: 'text/html' } });
  if (!response.ok) return;
  const text = await response.text();
  const found = new DOMParser().parseFromString(text, 'text/html').querySelector('ol.wire');
  if (!found) return;
  const list = panel.querySelector('ol.wire');
  const known = new Set([...list.children].map((item) => item.id));
  const most = Number(panel.dataset.wireMost);
  const news = [...found.children].slice(0, most).filter((item) => !known.has(item.id));
  list.prepend(...news.map((item) => document.adoptNode(item)));
  while (list.children.length > most) list.lastElementChild.remove();
};

if (panel) {
  let waiting;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => refresh().catch(() => {}), 300);
  };
  // Each step of a launch loads another page in the frame.
  frame?.addEventListener('load', soon);
  panel.addEventListener('toggle', () => panel.open && soon());
  setInterval(() => {
    if (panel.open && !document.hidden) soon();
  }, 4000);
}

if (frame?.dataset.registers) {
  window.addEventListener('message', (event) => {
    if (event.source !== frame.contentWindow) return;
    if (event.data?.subject !== 'org.imsglobal.lti.close') return;
    location.assign(frame.dataset.registers);
  });
}
