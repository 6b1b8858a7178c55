import { defineConfig } from 'vite';

/** Where `npm run dev` finds an API: a running product, or `python dashboards/dev/fake_api.py`. */
const api = process.env.MILEPOST_DEV_API ?? 'http://127.0.0.1:8100';

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': { target: api, ws: true } } },
  worker: { format: 'es' },
  experimental: {
    // The page behind a link stands one folder deeper, at /s/<token>; a <base> is forbidden by the policy.
    renderBuiltUrl: (file, { hostId, hostType }) => (hostType === 'html' && hostId === 'share.html' ? `../${file}` : { relative: true }),
  },
  build: {
    target: 'es2023',
    sourcemap: false,
    manifest: true, // what each page costs is tested: tests/house/test_bundle.py
    modulePreload: { polyfill: false }, // every browser that draws the map knows it
    rolldownOptions: {
      input: ['index.html', 'share.html'],
      output: {
        codeSplitting: {
          groups: [
            // What every page of the console needs is one file: many small ones compress worse and come later.
            // The small map of a link needs these, and nothing else of the console: its frame signs in and listens.
            { name: 'states', test: /[\\/]src[\\/]live[\\/]state\.ts$/, priority: 3 },
            { name: 'preact', test: /[\\/]node_modules[\\/]preact[\\/]|vite[\\/]preload-helper/, priority: 2 },
            {
              name: 'frame',
              test: /[\\/]@preact[\\/]signals[^?]*$|[\\/]src[\\/](ui[\\/](app|state|frameIcons|words|At|fresh|pageKeys|copy|risk)|live[\\/](fleet|columns|motion|units|session|silence|standing)|i18n[\\/](index|subjects|format|units)|api[\\/](http|problem|peopleHttp))\.tsx?$/,
            },
          ],
        },
      },
    },
    // The map library alone is about 1 MB before compression; it is loaded beside the panels.
    chunkSizeWarningLimit: 1200,
  },
});
