// Loaded by every page. Each module looks for what it brings to life and leaves other pages alone.

import './launch.js';
import './copy.js';
import './moments.js';

if (document.querySelector('[data-storage]')) import('./storage.js');
if (document.querySelector('[data-look-again]')) import('./look-again.js');
if (document.querySelector('[data-registered]')) import('./registered.js');
if (document.querySelector('[data-done]')) import('./picked.js');
if (document.querySelector('[data-practice-storage]')) import('./practice-storage.js');
if (document.querySelector('[data-player]')) import('./player.js');
if (document.querySelector('[data-pdf]')) import('./pdf.js');
if (document.querySelector('[data-picker]')) import('./select.js');
if (document.querySelector('[data-upload]')) {
  import('./upload.js').then(({ start }) => start());
}
if (document.querySelector('[data-wire]')) import('./practice.js');
