// Moments are rendered in UTC; here they become the reader's own time.

const { lang } = document.documentElement;
const formats = [
  ['time[data-moment]', new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' })],
  ['time[data-day]', new Intl.DateTimeFormat(lang, { dateStyle: 'medium' })],
];

for (const [selector, format] of formats) {
  for (const element of document.querySelectorAll(selector)) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    element.title = element.textContent;
    element.textContent = format.format(moment);
  }
}
