// Moments are rendered in UTC; here they become the reader's own time.

const { lang } = document.documentElement;
const day = { day: 'numeric', month: 'short' };
const time = { hour: 'numeric', minute: '2-digit' };
const formats = [
  ['time[data-moment]', { ...day, ...time }],
  ['time[data-day]', day],
];
const thisYear = new Date().getFullYear();

for (const [selector, parts] of formats) {
  // The present year goes without saying.
  const near = new Intl.DateTimeFormat(lang, parts);
  const far = new Intl.DateTimeFormat(lang, { ...parts, year: 'numeric' });
  for (const element of document.querySelectorAll(selector)) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    element.title = element.textContent;
    const format = moment.getFullYear() === thisYear ? near : far;
    element.textContent = format.format(moment);
  }
}
