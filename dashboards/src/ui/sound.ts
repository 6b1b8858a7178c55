/** Two short notes.  Browsers make no sound before the person has touched the page: then it is made ready. */

/** Hz; a falling fourth is heard and frightens nobody. */
const NOTES = [880, 659.25] as const;
const NOTE_S = 0.16;
const LOUDNESS = 0.12;
/** Of several in one breath only the first is heard, milliseconds. */
const REST_MS = 2000;

let context: AudioContext | null = null;
let last = Number.NEGATIVE_INFINITY;

function wake(): void {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
}

/** Make ready at the person's next touch or key. */
export function readySound(): void {
  if (typeof AudioContext === 'undefined') return;
  window.addEventListener('pointerdown', wake, { once: true });
  window.addEventListener('keydown', wake, { once: true });
}

export function chime(): void {
  if (typeof AudioContext === 'undefined' || performance.now() - last < REST_MS) return;
  last = performance.now();
  wake();
  if (!context) return;
  const begin = context.currentTime;
  NOTES.forEach((pitch, i) => {
    if (!context) return;
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    const at = begin + i * NOTE_S;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(LOUDNESS, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S); // a note that is cut off clicks
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + NOTE_S);
  });
}
