import './share.css';
import { render } from 'preact';
import { Page } from './Page';
import { addressOf } from './ask';
import { type Lang, wantedLanguage } from './words';

const KEY = 'milepost.share.lang';

/** A remembered choice; browsers that forbid storage simply do not remember. */
function firstLanguage(): Lang {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'zh' || kept === 'en') return kept;
  } catch {
    // storage is forbidden
  }
  return wantedLanguage(navigator.languages);
}

function remember(lang: Lang): void {
  try {
    localStorage.setItem(KEY, lang);
  } catch {
    // storage is forbidden: the choice lasts as long as the page
  }
}

const root = document.getElementById('share');
if (root) render(<Page address={addressOf(location.href)} first={firstLanguage()} remember={remember} />, root);
