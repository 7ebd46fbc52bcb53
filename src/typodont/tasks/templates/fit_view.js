// The restoration in its place, turned by hand. Coordinates come as whole micrometres around the restoration's middle.
const scene = JSON.parse(document.getElementById("scene").textContent);
const all = (what, where = document) => [...where.querySelectorAll(what)];
const canvas = document.getElementById("view");
const hint = document.getElementById("hint");
const gl = canvas.getContext("webgl2", { antialias: true, alpha: true, preserveDrawingBuffer: true });
const NONE = -32768;

const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const whole = text => new Int16Array(bytes(text).buffer);
const indices = text => new Uint32Array(bytes(text).buffer);

const parts = scene.parts.map(part => {
  const position = Float32Array.from(whole(part.vertices), um => um / 1000);
  const face = indices(part.faces);
  return { ...part, position, face, normal: normals(position, face), shown: part.shown, values: {} };
});
const restoration = parts[0];
for (const scale of scene.scales) restoration.values[scale.name] = whole(scale.values);

const state = { turn: scene.sides.occlusal, distance: 42, shift: [0, 0], cut: 0, scale: "" };

function normals(position, face) {
  const sum = new Float32Array(position.length);
  for (let f = 0; f < face.length; f += 3) {
    const [a, b, c] = [3 * face[f], 3 * face[f + 1], 3 * face[f + 2]];
    const u = [0, 1, 2].map(k => position[b + k] - position[a + k]);
    const v = [0, 1, 2].map(k => position[c + k] - position[a + k]);
    const n = cross(u, v);
    for (const i of [a, b, c]) for (let k = 0; k < 3; k++) sum[i + k] += n[k];
  }
  for (let i = 0; i < sum.length; i += 3) {
    const length = Math.hypot(sum[i], sum[i + 1], sum[i + 2]) || 1;
    for (let k = 0; k < 3; k++) sum[i + k] /= length;
  }
  return sum;
}

function cross(u, v) {
  return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
}

const dot = (u, v) => u[0] * v[0] + u[1] * v[1] + u[2] * v[2];

const VERTEX = `#version 300 es
in vec3 position; in vec3 normal; in vec3 color;
uniform mat3 turn; uniform vec2 shift; uniform float distance; uniform vec2 lens;
out vec3 seen; out vec3 side; out vec3 paint; out vec3 place;
void main() {
  vec3 at = turn * position + vec3(shift, -distance);
  seen = at; side = turn * normal; paint = color; place = position;
  gl_Position = vec4(lens * at.xy, (-205.0 * at.z - 2000.0) / 195.0, -at.z);  // from 5 to 200 mm
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec3 seen; in vec3 side; in vec3 paint; in vec3 place;
uniform vec4 cut; uniform float opacity;
out vec4 pixel;
void main() {
  if (dot(place, cut.xyz) > cut.w) discard;
  vec3 n = normalize(side), to = normalize(-seen), base = paint;
  if (!gl_FrontFacing) { n = -n; base = mix(paint, vec3(0.42, 0.45, 0.5), 0.75); }
  vec3 key = normalize(vec3(-0.45, 0.65, 0.7)), fill = normalize(vec3(0.75, 0.1, 0.55));
  float light = 0.46 + 0.46 * max(dot(n, key), 0.0) + 0.2 * max(dot(n, fill), 0.0) + 0.06 * n.y;
  float shine = gl_FrontFacing ? 0.14 * pow(max(dot(n, normalize(key + to)), 0.0), 38.0) : 0.0;
  pixel = vec4(base * light + shine, 1.0) * opacity;
}`;

let program, place;
const names = ["turn", "shift", "distance", "lens", "cut", "opacity"];

function setUp() {
  program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(program, shader);
  }
  ["position", "normal", "color"].forEach((name, i) => gl.bindAttribLocation(program, i, name));
  gl.linkProgram(program);
  place = Object.fromEntries(names.map(name => [name, gl.getUniformLocation(program, name)]));
  for (const part of parts) {
    part.array = gl.createVertexArray();
    gl.bindVertexArray(part.array);
    upload(0, part.position);
    upload(1, part.normal);
    part.paint = upload(2, plain(part));
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, part.face, gl.STATIC_DRAW);
  }
  gl.bindVertexArray(null);
  gl.useProgram(program);
  gl.enable(gl.DEPTH_TEST);
}

function upload(attribute, values) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  gl.enableVertexAttribArray(attribute);
  gl.vertexAttribPointer(attribute, 3, gl.FLOAT, false, 0, 0);
  return buffer;
}

function plain(part) {
  const paint = new Float32Array(part.position.length);
  for (let i = 0; i < paint.length; i++) paint[i] = part.color[i % 3] / 255;
  return paint;
}

function colorOf(scale, value) {
  const stops = scale.stops;
  let i = 0;
  while (i < stops.length - 2 && value > stops[i + 1][0]) i++;
  const [[low, from], [high, to]] = [stops[i], stops[i + 1]];
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return from.map((channel, k) => channel + share * (to[k] - channel));
}

function colour(name) {
  state.scale = name;
  const scale = scene.scales.find(one => one.name === name);
  const paint = plain(restoration);
  if (scale) restoration.values[name].forEach((value, i) => {
    if (value !== NONE) colorOf(scale, value).forEach((channel, k) => { paint[3 * i + k] = channel / 255; });
  });
  legend(scale);
  if (gl) {
    gl.bindBuffer(gl.ARRAY_BUFFER, restoration.paint);
    gl.bufferData(gl.ARRAY_BUFFER, paint, gl.DYNAMIC_DRAW);
    draw();
  }
}

function legend(scale) {
  const ramp = document.getElementById("ramp"), marks = document.getElementById("marks");
  marks.textContent = "";
  marks.className = scale && scale.names.length ? "words" : "";
  ramp.style.display = scale && !scale.names.length ? "" : "none";
  if (!scale) return;
  const css = color => `rgb(${color.map(Math.round).join(",")})`;
  if (scale.names.length) {
    scale.names.forEach((name, i) => {
      const word = document.createElement("span"), dot = document.createElement("i");
      dot.style.background = css(colorOf(scale, i));
      word.append(dot, " " + name);
      marks.append(word);
    });
    return;
  }
  const n = scale.stops.length - 1;  // stops stand at even distances, so that the narrow ones can be read
  ramp.style.background = `linear-gradient(90deg, ${scale.stops.map(stop => css(stop[1])).join(",")})`;
  scale.stops.forEach(([value], i) => {
    const mark = document.createElement("span");
    mark.textContent = figure(value, scale.unit).split(" ")[0];
    mark.style.left = `${6 + 88 * i / n}%`;
    marks.append(mark);
  });
}

function figure(um, unit) {
  return unit === "mm" ? `${(um / 1000).toFixed(um % 100 ? 2 : 1)} mm` : `${Math.round(um)} ${unit}`;
}

function rotate(turn, axis, angle) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [i, j] = axis === "x" ? [1, 2] : [2, 0];
  const result = turn.map(row => [...row]);
  for (let k = 0; k < 3; k++) {
    result[i][k] = c * turn[i][k] - s * turn[j][k];
    result[j][k] = s * turn[i][k] + c * turn[j][k];
  }
  return result;
}

function lens() {
  const scale = 1 / Math.tan(Math.PI / 14);  // 25.7 degrees
  const wide = canvas.width / canvas.height;
  return wide > 1 ? [scale / wide, scale] : [scale, scale * wide];
}

let asked = false;
function draw() {
  if (asked || !gl) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; drawNow(); });
}

function drawNow() {
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const size = [canvas.clientWidth, canvas.clientHeight].map(one => Math.max(1, Math.round(one * ratio)));
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  gl.viewport(0, 0, canvas.width, canvas.height);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  const columns = [0, 1, 2].flatMap(k => state.turn.map(row => row[k]));
  gl.uniformMatrix3fv(place.turn, false, columns);
  gl.uniform2fv(place.shift, state.shift);
  gl.uniform1f(place.distance, state.distance);
  gl.uniform2fv(place.lens, lens());
  gl.uniform4fv(place.cut, [...scene.mesial, cutAt()]);
  gl.uniform1f(place.opacity, 1);
  for (const part of parts.filter(one => one.shown)) {
    gl.bindVertexArray(part.array);
    gl.drawElements(gl.TRIANGLES, part.face.length, gl.UNSIGNED_INT, 0);
  }
}

function cutAt() {
  return state.cut === 0 ? 1e6 : scene.reach * (1 - 2 * state.cut);
}

// What lies under a pixel of the page, by the nearest triangle of the restoration that the ray meets.
function pick(x, y) {
  const box = canvas.getBoundingClientRect(), [wide, high] = lens();
  const ray = [(2 * (x - box.left) / box.width - 1) / wide, (1 - 2 * (y - box.top) / box.height) / high, -1];
  const back = vector => [0, 1, 2].map(k => dot(vector, state.turn.map(row => row[k])));
  const way = back(ray), from = back([-state.shift[0], -state.shift[1], state.distance]);
  const { position, face } = restoration, limit = cutAt();
  let best = Infinity, found = null;
  for (let f = 0; f < face.length; f += 3) {
    const [a, b, c] = [3 * face[f], 3 * face[f + 1], 3 * face[f + 2]];
    const ux = position[b] - position[a], uy = position[b + 1] - position[a + 1], uz = position[b + 2] - position[a + 2];
    const vx = position[c] - position[a], vy = position[c + 1] - position[a + 1], vz = position[c + 2] - position[a + 2];
    const px = way[1] * vz - way[2] * vy, py = way[2] * vx - way[0] * vz, pz = way[0] * vy - way[1] * vx;
    const det = ux * px + uy * py + uz * pz;
    if (Math.abs(det) < 1e-9) continue;
    const tx = from[0] - position[a], ty = from[1] - position[a + 1], tz = from[2] - position[a + 2];
    const u = (tx * px + ty * py + tz * pz) / det;
    if (u < 0 || u > 1) continue;
    const qx = ty * uz - tz * uy, qy = tz * ux - tx * uz, qz = tx * uy - ty * ux;
    const v = (way[0] * qx + way[1] * qy + way[2] * qz) / det;
    if (v < 0 || u + v > 1) continue;
    const t = (vx * qx + vy * qy + vz * qz) / det;
    if (t <= 0 || t >= best || dot(from.map((one, k) => one + t * way[k]), scene.mesial) > limit) continue;
    best = t;
    found = [face[f], face[f + 1], face[f + 2]][u > 0.5 ? 1 : v > 0.5 ? 2 : 0];
  }
  return found;
}

function tell(vertex) {
  if (vertex === null) return;
  const said = scene.scales.map(scale => {
    const value = restoration.values[scale.name][vertex];
    if (value === NONE) return null;
    return scale.names.length ? scale.names[value] : `${scale.title.toLowerCase()} ${figure(value, scale.unit)}`;
  });
  hint.textContent = said.filter(Boolean).join(" · ") || "nothing was measured here";
}

const pointers = new Map();
let apart = 0;
canvas.addEventListener("pointerdown", event => {
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, event);
  apart = 0;
});
for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, event => pointers.delete(event.pointerId));
canvas.addEventListener("pointermove", event => {
  const before = pointers.get(event.pointerId);
  if (!before) {
    if (restoration.shown && event.buttons === 0) tell(pick(event.clientX, event.clientY));
    return;
  }
  const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
  pointers.set(event.pointerId, event);
  if (pointers.size > 1) {
    const [a, b] = [...pointers.values()];
    const now = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    if (apart) zoom(apart / now);
    apart = now;
  } else if (event.shiftKey || event.buttons === 2) {
    const step = state.distance / canvas.clientHeight / 2.2;
    state.shift = [state.shift[0] + x * step, state.shift[1] - y * step];
  } else {
    state.turn = rotate(rotate(state.turn, "y", x / 140), "x", y / 140);
  }
  draw();
});
canvas.addEventListener("contextmenu", event => event.preventDefault());
canvas.addEventListener("wheel", event => { event.preventDefault(); zoom(Math.exp(event.deltaY / 900)); }, { passive: false });
canvas.addEventListener("keydown", event => {
  const keys = { ArrowLeft: ["y", -0.15], ArrowRight: ["y", 0.15], ArrowUp: ["x", -0.15], ArrowDown: ["x", 0.15] };
  if (keys[event.key]) { event.preventDefault(); state.turn = rotate(state.turn, ...keys[event.key]); draw(); }
  if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 0.9 : 1.1);
});

function zoom(by) {
  state.distance = Math.min(120, Math.max(12, state.distance * by));
  draw();
}

for (const box of all("input[data-part]")) box.addEventListener("change", () => {
  parts.find(part => part.name === box.dataset.part).shown = box.checked;
  draw();
});
for (const button of all("button[data-side]")) button.addEventListener("click", () => {
  state.turn = scene.sides[button.dataset.side];
  state.shift = [0, 0];
  draw();
});
document.getElementById("scale").addEventListener("change", event => colour(event.target.value));
document.getElementById("cut").addEventListener("input", event => { state.cut = Number(event.target.value) / 100; draw(); });
window.addEventListener("resize", draw);

if (gl) {
  setUp();
} else {
  canvas.style.display = "none";
  hint.style.display = "none";
  document.getElementById("broken").style.display = "block";
}
colour(document.getElementById("scale").value);
