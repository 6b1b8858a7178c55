/** The program that draws every vehicle in one call: points, shaped in the fragment shader. */

import { LOOK, STRIDE } from './markers';

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_now;
uniform float u_size;
in vec2 a_from;
in vec2 a_to;
in vec2 a_time;
in float a_course;
in vec4 a_look; // colour, shape (4: hollow), emphasis (4: halo), alpha
out vec2 v_turn; // cosine and sine of the course
out vec4 v_look;
out float v_late;
out float v_scale;
out float v_pixel;

void main() {
  float share = a_time.y <= 0.0 ? 1.0 : clamp((u_now - a_time.x) / a_time.y, 0.0, 1.0);
  gl_Position = u_matrix * vec4(mix(a_from, a_to, share), 0.0, 1.0);
  // A selected vehicle needs room for its ring, a late one for its halo; v_scale keeps the symbol near its size.
  v_late = a_look.z >= 4.0 ? 1.0 : 0.0;
  float emphasis = a_look.z - 4.0 * v_late;
  float room = v_late > 0.5 ? 2.1 : 1.0;
  v_scale = emphasis > 1.5 ? 1.75 : room;
  float size = u_size * (emphasis > 1.5 ? 2.3 : emphasis > 0.5 ? 1.45 * room : room);
  gl_PointSize = size;
  v_pixel = 2.0 / size;
  v_turn = vec2(cos(a_course), sin(a_course));
  v_look = vec4(a_look.xy, emphasis, a_look.w / 255.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_palette[7];
uniform vec3 u_casing;
uniform vec3 u_ring;
uniform vec3 u_late;
in vec2 v_turn;
in vec4 v_look;
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
  int shape = int(v_look.y + 0.5);
  float v_alpha = v_look.w;
  float v_emphasis = v_look.z;
  bool hollow = shape >= 4;
  shape = hollow ? shape - 4 : shape;
  float d;
  if (shape == 0) {
    d = arrow(vec2(v_turn.x * p.x + v_turn.y * p.y, v_turn.x * p.y - v_turn.y * p.x));
  } else {
    d = shape == 2 ? ring(p) : square(p);
  }
  float fill = hollow ? abs(d + 0.10) - 0.10 : d;
  float casing = cover(d - 0.14 * v_scale) * 0.85;
  float ink = cover(fill);
  vec3 rgb = mix(u_casing, u_palette[int(v_look.x + 0.5)], ink);
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

const UNIFORMS = ['u_matrix', 'u_now', 'u_size', 'u_palette', 'u_casing', 'u_ring', 'u_late'] as const;

export interface Program {
  readonly program: WebGLProgram;
  readonly vertices: WebGLVertexArrayObject;
  readonly buffer: WebGLBuffer;
  readonly elements: WebGLBuffer;
  /** Looked up once: to ask by name in every frame costs more than to draw. */
  readonly uniforms: Readonly<Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>>;
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
  const [buffer, elements] = [gl.createBuffer(), gl.createBuffer()];
  gl.bindVertexArray(vertices);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, elements);
  const attribute = (name: string, size: number, type: number, offset: number) => {
    const location = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, type, false, STRIDE, offset);
  };
  attribute('a_from', 2, gl.FLOAT, 0);
  attribute('a_to', 2, gl.FLOAT, 8);
  attribute('a_time', 2, gl.FLOAT, 16);
  attribute('a_course', 1, gl.FLOAT, 24);
  attribute('a_look', 4, gl.UNSIGNED_BYTE, LOOK);
  gl.bindVertexArray(null);
  const uniforms = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)])) as Program['uniforms'];
  return { program, vertices, buffer, elements, uniforms };
}
