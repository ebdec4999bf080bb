// What the browser's own player doesn't do: say in words that a file can't be played, and fall
// silent when another one starts.

const players = [...document.querySelectorAll('[data-player]')].map((frame) => ({
  media: frame.querySelector('video, audio'),
  failure: frame.querySelector('.player-failure'),
}));

for (const { media, failure } of players) {
  const fail = () => {
    failure.hidden = false;
  };
  // The error event of a source doesn't bubble, and comes before this script as often as after it.
  media.querySelector('source').addEventListener('error', fail);
  media.addEventListener('error', fail);
  if (media.error || media.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) fail();
  media.addEventListener('loadedmetadata', () => {
    failure.hidden = true;
  });
  media.addEventListener('play', () => {
    for (const other of players) {
      if (other.media !== media) other.media.pause();
    }
  });
}
