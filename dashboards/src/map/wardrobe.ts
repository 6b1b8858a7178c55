/** What the map wears: a style for a look, put on when it is here, taken off again when it stays blank. */
import type { Map, StyleSpecification } from 'maplibre-gl';
import type { Basemap } from '../api/shapes';
import { type Chosen, type Look, builtIn, chooseBasemap, fallback, whenBlank } from './basemap';
import { pointFromMap, setShift, toMap } from './datum';
import { bareStyle } from './style';

export class Wardrobe {
  private turn = 0;
  private watch: (() => void) | null = null;

  constructor(
    private readonly map: Map,
    private readonly basemap: Basemap,
    private readonly onFallback: () => void,
  ) {}

  /** What is worn before anything has come: the built-in map if it is the one, else its ground. */
  static first(basemap: Basemap, look: Look): StyleSpecification {
    return basemap.kind === 'bundled' ? builtIn(look, basemap) : bareStyle(look.theme);
  }

  /** Another theme, language or border setting. */
  async wear(look: Look): Promise<void> {
    const turn = ++this.turn;
    const chosen = await chooseBasemap(this.basemap, look);
    if (turn === this.turn) this.putOn(chosen, look); // else a newer wish overtook this one
  }

  /** The style, and all that is drawn on it where its datum has it. */
  private putOn(chosen: Chosen, look: Look): void {
    this.watch?.();
    const middle = pointFromMap(this.map.getCenter());
    setShift(chosen.shift);
    this.map.setCenter(toMap(middle.lon, middle.lat));
    this.watch = chosen.own ? null : whenBlank(this.map, chosen.style, () => this.putOn(fallback(look, this.basemap), look));
    this.map.setStyle(chosen.style, { diff: false });
    if (chosen.fallback) this.onFallback();
  }
}
