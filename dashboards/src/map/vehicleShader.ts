/** The program that draws every vehicle in one call: points, shaped in the fragment shader. */

/** Floats per vehicle, in the order of `ATTRIBUTES`. */
export const ATTRIBUTES = [
  ['a_from', 2],
  ['a_to', 2],
  ['a_time', 2],
  ['a_course', 1],
  ['a_state', 1],
  ['a_hollow', 1],
  ['a_alpha', 1],
  ['a_emphasis', 1],
  ['a_late', 1],
] as const;

export const STRIDE = ATTRIBUTES.reduce((sum, [, size]) => sum + size, 0);

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_now;
uniform float u_size;
in vec2 a_from;
in vec2 a_to;
in vec2 a_time;
in float a_course;
in float a_state;
in float a_hollow;
in float a_alpha;
in float a_emphasis;
in float a_late;
out float v_course;
out float v_state;
out float v_hollow;
out float v_alpha;
out float v_emphasis;
out float v_late;
out float v_scale;
out float v_pixel;

void main() {
  float share = a_time.y <= 0.0 ? 1.0 : clamp((u_now - a_time.x) / a_time.y, 0.0, 1.0);
  gl_Position = u_matrix * vec4(mix(a_from, a_to, share), 0.0, 1.0);
  // A selected vehicle needs room for its ring, a late one for its halo; v_scale keeps the symbol near its size.
  float room = a_late > 0.5 ? 2.1 : 1.0;
  v_scale = a_emphasis > 1.5 ? 1.75 : room;
  float size = u_size * (a_emphasis > 1.5 ? 2.3 : a_emphasis > 0.5 ? 1.45 * room : room);
  gl_PointSize = size;
  v_pixel = 2.0 / size;
  v_course = a_course;
  v_state = a_state;
  v_hollow = a_hollow;
  v_alpha = a_alpha;
  v_emphasis = a_emphasis;
  v_late = a_late;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_palette[5];
uniform vec3 u_casing;
uniform vec3 u_ring;
uniform vec3 u_late;
in float v_course;
in float v_state;
in float v_hollow;
in float v_alpha;
in float v_emphasis;
in float v_late;
in float v_scale;
in float v_pixel;
out vec4 color;

float arrow(vec2 p) {
  p.x = abs(p.x);
  float side = dot(p - vec2(0.0, -0.84), vec2(0.9360, -0.3520));
  float back = dot(p - vec2(0.0, 0.40), vec2(-0.4700, 0.8827));
  return max(side, back);
}

float square(vec2 p) {
  vec2 q = abs(p) - 0.36;
  return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - 0.08;
}

float ring(vec2 p) {
  return abs(length(p) - 0.44) - 0.12;
}

float cover(float d) {
  return 1.0 - smoothstep(-v_pixel, v_pixel, d);
}

void main() {
  vec2 at = gl_PointCoord * 2.0 - 1.0;
  vec2 p = at * v_scale;
  float c = cos(v_course);
  float s = sin(v_course);
  vec2 turned = vec2(c * p.x + s * p.y, -s * p.x + c * p.y);
  int state = int(v_state + 0.5);
  bool heading = v_course > -50.0;
  float d = state >= 3 ? ring(p) : heading ? arrow(turned) : square(p);
  float fill = state < 3 && v_hollow > 0.5 ? abs(d + 0.10) - 0.10 : d;
  float casing = cover(d - 0.14 * v_scale) * 0.85;
  float ink = cover(fill);
  vec3 rgb = mix(u_casing, u_palette[state], ink);
  float alpha = max(casing, ink) * v_alpha;
  if (v_late > 0.5) {
    float r = length(at);
    float under = max(cover(r - 0.88) * 0.20, cover(abs(r - 0.86) - 0.045) * 0.90) * v_alpha;
    float whole = alpha + under * (1.0 - alpha);
    rgb = mix(u_late, rgb, alpha / max(whole, 0.001));
    alpha = whole;
  }
  if (v_emphasis > 1.5) {
    float r = length(at);
    float halo = cover(abs(r - 0.86) - 0.11) * 0.55;
    float band = cover(abs(r - 0.86) - 0.055);
    vec3 around = mix(u_casing, u_ring, band);
    float solid = max(halo, band);
    rgb = mix(rgb, around, solid);
    alpha = max(alpha, solid);
  }
  color = vec4(rgb * alpha, alpha);
}`;

export interface Program {
  readonly program: WebGLProgram;
  readonly vertices: WebGLVertexArrayObject;
  readonly buffer: WebGLBuffer;
  readonly uniform: (name: string) => WebGLUniformLocation | null;
}

function compile(gl: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const shader = gl.createShader(kind);
  if (!shader) throw new Error('the graphics context is gone');
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
    throw new Error(gl.getShaderInfoLog(shader) ?? 'the vehicle shader does not compile');
  }
  return shader;
}

export function buildProgram(gl: WebGL2RenderingContext): Program {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(gl.getProgramInfoLog(program) ?? 'the vehicle program does not link');
  }
  const vertices = gl.createVertexArray();
  const buffer = gl.createBuffer();
  gl.bindVertexArray(vertices);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  let offset = 0;
  for (const [name, size] of ATTRIBUTES) {
    const location = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, gl.FLOAT, false, STRIDE * 4, offset * 4);
    offset += size;
  }
  gl.bindVertexArray(null);
  return { program, vertices, buffer, uniform: (name) => gl.getUniformLocation(program, name) };
}
