// Something was picked in a tool, in the frame of this page: on to what is there now.

const frame = document.querySelector('[data-done]');

window.addEventListener('message', (event) => {
  if (event.source !== frame.contentWindow) return;
  if (event.data?.subject !== 'org.imsglobal.lti.close') return;
  location.assign(frame.dataset.done);
});
