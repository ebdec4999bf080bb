// Moments are rendered in UTC; here they become the reader's own time.

const format = new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: 'medium',
  timeStyle: 'short',
});

for (const element of document.querySelectorAll('time[data-moment]')) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.valueOf())) continue;
  element.title = element.textContent;
  element.textContent = format.format(moment);
}
